package resolve

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"github.com/ringmend/ringmend/node/wire"
)

// CompareAddresses orders addresses by host as a string and then by port as a number. An
// address without a port comes before those of the same host.
func CompareAddresses(a, b wire.Address) int {
	hostA, portA := split(a)
	hostB, portB := split(b)
	return cmp.Or(strings.Compare(hostA, hostB), cmp.Compare(portA, portB), strings.Compare(string(a), string(b)))
}

func split(a wire.Address) (host string, port int) {
	colon := strings.LastIndexByte(string(a), ':')
	if colon < 0 {
		return string(a), 0
	}
	port, err := strconv.Atoi(string(a[colon+1:]))
	if err != nil {
		return string(a), 0
	}
	return string(a[:colon]), port
}

// Youngest stands for the unknown age of a member.
const Youngest int64 = math.MaxInt64

// compareAge orders members from the oldest to the youngest, and by address where that
// is the same.
func compareAge(a, b Counted) int {
	return cmp.Or(cmp.Compare(a.Born, b.Born), CompareAddresses(a.Address, b.Address))
}

func compareCounted(a, b Counted) int { return CompareAddresses(a.Address, b.Address) }
