package measure

import (
	"github.com/ringmend/ringmend/node/wire"
)

// sizes remembers the size of the last whole membership that a node has sent.
type sizes struct {
	version    uint64
	membership int // in bytes
}

// of returns how many bytes a body takes on the wire, without encoding it.
// It is exact for what package wire encodes by hand; a join request, which is
// short, is taken for its typical size.
func (s *sizes) of(body any, list wire.ChangeList) int {
	changes := 0
	if list.Version() != 0 && list.Version() == s.version {
		changes = s.membership
	} else {
		changes = sizeOf(list)
		if list.Version() != 0 {
			s.version, s.membership = list.Version(), changes
		}
	}
	switch b := body.(type) {
	case *wire.Ping:
		if b == nil {
			return 0
		}
		return len(`{"changes":,"checksum":,"source":"","sourceIncarnationNumber":,"app":""}`) +
			changes + digits(int64(b.Checksum)) + len(b.Source) + digits(b.SourceIncarnation) + len(b.App)
	case *wire.PingRequest:
		return len(`{"source":"","sourceIncarnationNumber":,"target":"","checksum":,"changes":}`) +
			changes + len(b.Source) + digits(b.SourceIncarnation) + len(b.Target) + digits(int64(b.Checksum)) + appSize(b.App)
	case *wire.PingRequestResponse:
		n := len(`{"pingStatus":false,"target":"","changes":}`) + changes + len(b.Target) + appSize(b.App)
		if b.OK {
			n--
		}
		return n
	case *wire.JoinResponse:
		return len(`{"app":"","coordinator":"","membership":,"membershipChecksum":}`) +
			changes + len(b.App) + len(b.Coordinator) + digits(int64(b.Checksum))
	case *wire.JoinRequest:
		const typical = 110
		return typical
	}
	return 0
}

// appSize returns how many bytes an app takes that may be left out.
func appSize(app string) int {
	if app == "" {
		return 0
	}
	return len(`,"app":""`) + len(app)
}

// weighed is about how many changes of a list are weighed. The rest is taken to be
// like them: a cluster of n nodes sends lists of n changes n times.
const weighed = 8

// sizeOf returns how many bytes a list takes.
func sizeOf(t wire.ChangeList) int {
	n := t.Len()
	size, done := 0, 0
	for i := 0; i < n; i += max(1, n/weighed) {
		c := t.At(i)
		size += changeSize(&c)
		done++
	}
	if done > 0 {
		size = size * n / done
	}
	return len(`[]`) + max(0, n-1) + size
}

func changeSize(c *wire.Change) int {
	n := len(`{"source":"","sourceIncarnationNumber":,"address":"","incarnationNumber":,"status":"","timestamp":}`)
	n += len(c.Source) + digits(c.SourceIncarnation) + len(c.Address) + digits(c.Incarnation) + digits(c.Timestamp)
	if c.Status == wire.Tombstone {
		n += len(`faulty,"tombstone":true`)
	} else {
		n += len(c.Status.String())
	}
	if len(c.Labels) > 0 {
		n += len(`,"labels":{}`) + len(c.Labels) - 1
		for key, value := range c.Labels {
			n += len(`"":""`) + len(key) + len(value)
		}
	}
	return n
}

func digits(n int64) int {
	// Most are milliseconds or seconds since 1970.
	switch {
	case n >= 1e12 && n < 1e13:
		return 13
	case n >= 1e9 && n < 1e10:
		return 10
	}
	count := 1
	if n < 0 {
		count, n = 2, -n
	}
	for ; n >= 10; n /= 10 {
		count++
	}
	return count
}
