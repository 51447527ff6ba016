package ring

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// Checksum returns the checksum that members compare: of the sorted identities,
// each once, joined by ";". It is computed when it is first asked for.
//
// An empty ring has the checksum of the empty string. (In ringpop-go a ring
// that never held a server says 0 instead.)
func (r *Ring) Checksum() uint32 {
	return r.checksum.get(r.identityChecksum)
}

// ReplicaChecksum returns the checksum of all replica points, which Ringpop
// calls "replica": of "hash-address;" for every point in order. It is computed
// when it is first asked for, by writing out the whole ring: about 2.5 MB for
// 1,000 servers.
func (r *Ring) ReplicaChecksum() uint32 {
	return r.replicaChecksum.get(r.pointsChecksum)
}

// identityChecksum copies runs of the base's text, which is right as long as
// every identity is an address.
func (r *Ring) identityChecksum() uint32 {
	labelled := r.base.labelled
	size := len(r.base.text)
	for _, s := range r.added {
		if s != nil {
			size += len(s.address) + len(";")
			labelled = labelled || s.labelled()
		}
	}
	if labelled {
		return r.labelledChecksum()
	}
	text := make([]byte, 0, size)
	r.eachRun(func(start, end uint32) {
		if int(start) < len(r.base.servers) {
			text = append(text, r.base.text[r.base.starts[start]:r.base.starts[end]]...)
		} else {
			text = append(append(text, r.server(start).address...), ';')
		}
	})
	return fingerprint(bytes.TrimSuffix(text, []byte{';'}))
}

// labelledChecksum is identityChecksum for any identities. Their order is not
// that of addresses, and members may share one.
func (r *Ring) labelledChecksum() uint32 {
	identities := make([]string, 0, r.size)
	for _, slot := range r.sorted() {
		identities = append(identities, r.server(slot).identity)
	}
	slices.Sort(identities)
	return fingerprint(strings.Join(slices.Compact(identities), ";"))
}

func (r *Ring) pointsChecksum() uint32 {
	const typical = len("4294967295-255.255.255.255:65535;")
	text := make([]byte, 0, r.size*r.replicaPoints*typical)
	for p := range r.from(0) {
		text = strconv.AppendUint(text, uint64(p.hash()), 10)
		text = append(text, '-')
		text = append(text, r.server(p.slot()).address...)
		text = append(text, ';')
	}
	return fingerprint(text)
}

// lazyChecksum keeps a checksum once it was asked for. Two goroutines that ask at
// the same time both compute it, and get the same.
type lazyChecksum struct {
	// value is the checksum with bit 32 set, or 0 when it is not known yet.
	value atomic.Uint64
}

func (c *lazyChecksum) get(compute func() uint32) uint32 {
	const known = 1 << 32
	value := c.value.Load()
	if value == 0 {
		value = known | uint64(compute())
		c.value.Store(value)
	}
	return uint32(value)
}
