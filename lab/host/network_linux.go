package host

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/ringmend/ringmend/lab/link"
	"github.com/ringmend/ringmend/lab/result"
)

// MaxHosts is how many hosts a network may have.
const MaxHosts = 250

// Network is a number of hosts, and the links between them. Its methods are safe for
// concurrent use.
type Network struct {
	Hosts []*Host

	mu    sync.Mutex
	links *link.Network
	began time.Time
	late  *hdrhistogram.Histogram // how late packets are delivered
	wake  chan struct{}           // something is on its way that was not
	quit  chan struct{}
	done  sync.WaitGroup
}

// NewNetwork makes hosts with these names, and carries packets between them as links
// says. Host i has the address 10.88.0.(i+1).
func NewNetwork(names []string, links *link.Network) (*Network, error) {
	if len(names) < 1 || len(names) > MaxHosts || links.Hosts() != len(names) {
		return nil, fmt.Errorf("%d hosts, it must be from 1 to %d", len(names), MaxHosts)
	}
	n := &Network{links: links, began: time.Now(), late: result.NewHistogram(), wake: make(chan struct{}, 1), quit: make(chan struct{})}
	for i, name := range names {
		h, err := newHost(name, Prefix(i))
		if err != nil {
			n.closeHosts()
			return nil, err
		}
		n.Hosts = append(n.Hosts, h)
	}
	for i := range n.Hosts {
		n.done.Go(func() { n.read(i) })
	}
	n.done.Go(n.deliver)
	return n, nil
}

// Prefix returns the address of host i, with that of the network.
func Prefix(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 88, 0, byte(i + 1)}), 24)
}

// hostOf returns the host that a packet is for, or false when it is for none.
func (n *Network) hostOf(packet []byte) (int, bool) {
	if len(packet) < 20 || packet[0]>>4 != 4 || [3]byte(packet[16:19]) != [3]byte{10, 88, 0} {
		return 0, false
	}
	to := int(packet[19]) - 1
	return to, to >= 0 && to < len(n.Hosts)
}

// Close ends the network; what runs on the hosts must have ended.
func (n *Network) Close() {
	close(n.quit)
	for _, h := range n.Hosts {
		// A read that waits is interrupted.
		_ = h.device.SetReadDeadline(time.Now())
	}
	n.done.Wait()
	n.closeHosts()
}

func (n *Network) closeHosts() {
	for _, h := range n.Hosts {
		h.close()
	}
}

// With calls f with the links, which nothing else uses in the meantime.
func (n *Network) With(f func(*link.Network)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f(n.links)
}

// Late returns how late packets were delivered, nil if there were none.
func (n *Network) Late() *result.Latency {
	n.mu.Lock()
	defer n.mu.Unlock()
	return result.LatencyOf(n.late)
}

func (n *Network) now() time.Duration { return time.Since(n.began) }

// read puts what a host sends on the links.
func (n *Network) read(from int) {
	buffer := make([]byte, 1<<16)
	for {
		size, err := n.Hosts[from].device.Read(buffer)
		if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, os.ErrClosed) {
			return
		}
		to, ok := n.hostOf(buffer[:max(0, size)])
		if err != nil || !ok {
			continue // a packet of a protocol that is not used here
		}
		packet := append([]byte(nil), buffer[:size]...)
		n.mu.Lock()
		before, was := n.links.Next()
		n.links.Send(n.now(), from, to, packet)
		after, is := n.links.Next()
		n.mu.Unlock()
		if is && (!was || after < before) {
			select {
			case n.wake <- struct{}{}:
			default:
			}
		}
	}
}

// deliver writes packets to the hosts' devices when they arrive.
func (n *Network) deliver() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var arrivals []link.Arrival
	for {
		n.mu.Lock()
		arrivals = n.links.Deliver(n.now(), arrivals[:0])
		for _, a := range arrivals {
			result.RecordTime(n.late, result.SecondsOf(n.now()-a.Due))
		}
		next, more := n.links.Next()
		wait := next - n.now()
		n.mu.Unlock()
		for _, a := range arrivals {
			// A device takes a packet or drops it, as a network card does.
			_, _ = n.Hosts[a.To].device.Write(a.Packet)
		}
		if more && wait <= 0 {
			continue
		}
		if more {
			timer.Reset(wait)
		}
		select {
		case <-n.quit:
			return
		case <-n.wake:
		case <-timer.C:
		}
	}
}
