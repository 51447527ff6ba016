package util

import (
	"errors"
	"math/rand/v2"
	"net"
	"regexp"
	"slices"
	"time"
)

// HostportPattern matches the addresses that ringpop-go takes for such: four numbers and a
// port.
var HostportPattern = regexp.MustCompile(`^(\d+\.\d+\.\d+\.\d+):\d+$`)

// CaptureHost returns the host of a host:port, or "" if it is none.
func CaptureHost(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return ""
	}
	return host
}

// HostPortsByHost returns addresses by their hosts, without those that have none.
func HostPortsByHost(hostports []string) (hostMap map[string][]string) {
	hostMap = make(map[string][]string)
	for _, hostport := range hostports {
		if host := CaptureHost(hostport); host != "" {
			hostMap[host] = append(hostMap[host], hostport)
		}
	}
	return hostMap
}

// Errors of CheckHostnameIPMismatch, with ringpop-go's texts.
var (
	//lint:ignore ST1005 programs may compare it
	errNamesBesideIP = errors.New("Your host identifier looks like an IP address and there are bootstrap hosts that appear to be specified with hostnames. These inconsistencies may lead to subtle node communication issues.")
	//lint:ignore ST1005 programs may compare it
	errIPsBesideName = errors.New("Your host identifier looks like a hostname and there are bootstrap hosts that appear to be specified with IP addresses. These inconsistencies may lead to subtle node communication issues")
)

// CheckLocalMissing returns an error unless an address is in a list.
func CheckLocalMissing(local string, hostports []string) error {
	if !slices.Contains(hostports, local) {
		return errors.New("local node missing from hosts")
	}
	return nil
}

// CheckHostnameIPMismatch returns the addresses with a host name, and an error, when the
// local address has an IP address; and the other way round.
func CheckHostnameIPMismatch(local string, hostsMap map[string][]string) ([]string, error) {
	isIP := HostportPattern.MatchString(local)
	var mismatched []string
	for _, hostports := range hostsMap {
		for _, hostport := range hostports {
			if HostportPattern.MatchString(hostport) != isIP {
				mismatched = append(mismatched, hostport)
			}
		}
	}
	if len(mismatched) == 0 {
		return nil, nil
	}
	slices.Sort(mismatched)
	if isIP {
		return mismatched, errNamesBesideIP
	}
	return mismatched, errIPsBesideName
}

// SingleNodeCluster reports whether an address is the only one of a map by hosts.
func SingleNodeCluster(hostport string, hostMap map[string][]string) bool {
	own := hostMap[CaptureHost(hostport)]
	return len(hostMap) == 1 && len(own) == 1 && own[0] == hostport
}

// StringInSlice reports whether a text is in a list.
func StringInSlice(slice []string, str string) bool { return slices.Contains(slice, str) }

// ShuffleStrings returns a list in random order.
func ShuffleStrings(strings []string) []string {
	shuffled := slices.Clone(strings)
	ShuffleStringsInPlace(shuffled)
	return shuffled
}

// ShuffleStringsInPlace puts a list in random order.
func ShuffleStringsInPlace(strings []string) {
	rand.Shuffle(len(strings), func(i, j int) { strings[i], strings[j] = strings[j], strings[i] })
}

// TakeNode removes and returns an element of a list, a random one if the index is
// negative; "" if there is none.
func TakeNode(nodes *[]string, index int) string {
	if len(*nodes) == 0 || index >= len(*nodes) {
		return ""
	}
	if index < 0 {
		index = rand.IntN(len(*nodes))
	}
	node := (*nodes)[index]
	*nodes = slices.Delete(*nodes, index, index+1)
	return node
}

// Min returns the least of some numbers.
func Min(first int, rest ...int) int {
	for _, n := range rest {
		first = min(first, n)
	}
	return first
}

// MS returns a duration in milliseconds.
func MS(d time.Duration) int64 { return d.Milliseconds() }

// UnixMS returns a time as Unix milliseconds.
func UnixMS(t time.Time) int64 { return t.UnixMilli() }

// TimeNowMS returns the time as Unix milliseconds.
func TimeNowMS() int64 { return time.Now().UnixMilli() }

// TimeZero returns the zero time.
func TimeZero() time.Time { return time.Time{} }

// SelectInt returns an option, or its default if it is zero.
func SelectInt(opt, def int) int {
	if opt == 0 {
		return def
	}
	return opt
}

// SelectFloat returns an option, or its default if it is zero.
func SelectFloat(opt, def float64) float64 {
	if opt == 0 {
		return def
	}
	return opt
}

// SelectDuration returns an option, or its default if it is zero.
func SelectDuration(opt, def time.Duration) time.Duration {
	if opt == 0 {
		return def
	}
	return opt
}

// SelectBool returns an option, or its default if it is false.
func SelectBool(opt, def bool) bool { return opt || def }
