package ports

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// The ports that are handed out lie below the range from which systems take the
// ports of outgoing connections. A port out of that range could be taken by a
// connection while its node is down, and the node could not come back.
const firstPort, lastPort = 11_000, 29_999

// Pool hands out free addresses. A port belongs to its user until it is released,
// even while no program listens on it, as between a kill and a restart. This holds
// for all processes of the machine that use this package, such as the tests of
// several packages that run at once. The zero value is ready; it may be used
// concurrently.
type Pool struct {
	mu sync.Mutex
	// taken holds, for each port, a UDP socket at that port, which says to other
	// processes that the TCP port is taken. It leaves TCP alone.
	taken map[int]net.PacketConn
}

var errNoPort = errors.New("no free port")

// Take returns a free address on host, and its port, for [Pool.Release].
func (p *Pool) Take(host string) (address string, port int, err error) {
	port, err = p.TakeRow(host, 1)
	return fmt.Sprintf("%s:%d", host, port), port, err
}

// TakeRow returns the first of n consecutive ports that are free on host. Each of
// them must be released.
func (p *Pool) TakeRow(host string, n int) (first int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	const attempts = 10_000
	for range attempts {
		first := firstPort + rand.IntN(lastPort-firstPort+2-n)
		if p.take(host, first, n) {
			return first, nil
		}
	}
	return 0, fmt.Errorf("%w on %s from %d to %d, in %d attempts for %d in a row", errNoPort, host, firstPort, lastPort, attempts, n)
}

// take takes n ports from first on, or none of them. The caller holds p.mu.
func (p *Pool) take(host string, first, n int) bool {
	if p.taken == nil {
		p.taken = make(map[int]net.PacketConn)
	}
	for port := first; port < first+n; port++ {
		mark, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil && isFree(fmt.Sprintf("%s:%d", host, port)) {
			p.taken[port] = mark
			continue
		}
		if err == nil {
			mark.Close()
		}
		for port--; port >= first; port-- {
			p.release(port)
		}
		return false
	}
	return true
}

// isFree reports whether no process listens at address. It asks rather than tries to
// listen: a process that is being started at that moment would inherit the
// listening socket and keep it open until it runs its own program.
func isFree(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return true
	}
	conn.Close()
	return false
}

// Release gives ports back.
func (p *Pool) Release(ports ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, port := range ports {
		p.release(port)
	}
}

func (p *Pool) release(port int) {
	if mark, ok := p.taken[port]; ok {
		mark.Close()
		delete(p.taken, port)
	}
}
