package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/internal/netlab"
)

// deed is something that is done to a node.
type deed struct {
	name string
	do   func(c *cluster, n *node) error
}

// deeds are all of them. One that is often done stands there twice.
var deeds = []deed{
	{"killed", (*cluster).killAndStart},
	{"killed", (*cluster).killAndStart},
	{"told to go", (*cluster).restart},
	{"stopped", (*cluster).pause},
	{"stopped", (*cluster).pause},
	{"flooded", (*cluster).flood},
	{"sent a bad frame", (*cluster).badFrame},
	{"moved", (*cluster).move},
	{"cut off, silently", func(c *cluster, n *node) error { return c.cutOff(netlab.Drop)(n) }},
	{"cut off, by resets", func(c *cluster, n *node) error { return c.cutOff(netlab.Reset)(n) }},
	{"given another clock", (*cluster).otherTime},
}

// errNotNow means that a deed cannot be done at the time, or not here.
var errNotNow = errors.New("not now")

const (
	termGrace    = 10 * time.Second
	deedEvery    = 1500 * time.Millisecond
	floodConns   = 500
	longestPause = 8 * time.Second
)

// torment does deeds until the time is over, at most one of them to a node at a time.
func (c *cluster) torment(ctx context.Context, out io.Writer) error {
	ends := time.Now().Add(c.lasts)
	progress := time.Now()
	done := make(map[string]int)
	resume := make(map[*node]time.Time)
	var mend time.Time
	allowed := slices.DeleteFunc(slices.Clone(deeds), func(d deed) bool { return c.only != "" && d.name != c.only })
	for time.Now().Before(ends) {
		for n, at := range resume {
			if time.Now().After(at) {
				delete(resume, n)
				c.resume(n)
			}
		}
		if c.cut && time.Now().After(mend) {
			if err := c.mend(); err != nil {
				return err
			}
		}
		deed, n := allowed[c.random.IntN(len(allowed))], c.nodes[c.random.IntN(len(c.nodes))]
		wasCut := c.cut
		if !n.paused {
			switch err := deed.do(c, n); {
			case err == nil:
				done[deed.name]++
			case !errors.Is(err, errNotNow):
				return fmt.Errorf("node %d was to be %s: %w", n.number, deed.name, err)
			}
		}
		if n.paused && resume[n].IsZero() {
			resume[n] = time.Now().Add(time.Duration(c.random.Int64N(int64(longestPause))))
		}
		if c.cut && !wasCut {
			mend = time.Now().Add(time.Duration(c.random.Int64N(int64(longestCut))))
		}
		if time.Since(progress) > 15*time.Second {
			progress = time.Now()
			fmt.Fprintf(out, "%v left: %v\n", time.Until(ends).Round(time.Second), done)
		}
		if err := rig.Pause(ctx, time.Duration(c.random.Int64N(int64(2*deedEvery)))); err != nil {
			return err
		}
	}
	for n := range resume {
		c.resume(n)
	}
	fmt.Fprintf(out, "done: %v\n", done)
	return c.mend()
}

func (c *cluster) killAndStart(n *node) error {
	n.process.Kill()
	return c.start(n)
}

func (c *cluster) restart(n *node) error {
	if err := n.process.Terminate(termGrace); err != nil && !c.stock {
		return err
	}
	<-n.process.Done()
	return c.start(n)
}

// otherTime restarts a node with a monotonic clock that is days off.
func (c *cluster) otherTime(n *node) error {
	clock := otherClock(c.random.Int64N(20 * 24 * 3600))
	if clock == nil {
		return errNotNow
	}
	n.process.Kill()
	return c.start(n, clock...)
}

func (c *cluster) pause(n *node) error {
	n.paused = true
	err := n.process.Signal(syscall.SIGSTOP)
	if c.stock && err != nil {
		return nil // it is dead, which comes out in the end
	}
	return err
}

func (c *cluster) resume(n *node) {
	n.paused = false
	_ = n.process.Signal(syscall.SIGCONT) // it may have ended
}

// move starts a node at another address in place of one, and takes that out of the list.
func (c *cluster) move(n *node) error {
	if n.number < 2 {
		return errNotNow // the special ones stay
	}
	n.process.Kill()
	n.log.Close()
	c.nodes = slices.DeleteFunc(c.nodes, func(other *node) bool { return other == n })
	// Its ports are not used again: another node there would be the member come back.
	if err := c.add(n.host); err != nil {
		return err
	}
	if err := c.writeHosts(); err != nil {
		return err
	}
	return c.start(c.nodes[len(c.nodes)-1])
}

// flood makes many connections to a node that say nonsense, or nothing.
func (c *cluster) flood(n *node) error {
	var open []net.Conn
	for range floodConns {
		conn, err := net.DialTimeout("tcp", n.address, time.Second)
		if err != nil {
			break // it is busy, or down: that is fine
		}
		open = append(open, conn)
		nonsense := make([]byte, c.random.IntN(100))
		for i := range nonsense {
			nonsense[i] = byte(c.random.Uint32())
		}
		conn.SetWriteDeadline(time.Now().Add(time.Second))
		conn.Write(nonsense)
	}
	for _, conn := range open {
		conn.Close()
	}
	return nil
}

// badFrame sends a node a handshake and a call with an unknown checksum type.
func (c *cluster) badFrame(n *node) error {
	conn, err := net.DialTimeout("tcp", n.address, time.Second)
	if err != nil {
		return nil
	}
	defer conn.Close()
	handshake := "\x00\x38\x01\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\x00\x02\x00\x02\x00\x09host_port\x00\x00\x00\x0cprocess_name\x00\x04soak"
	call := "\x00\x00\x03\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\x00\x00\x00\x27\x10" + string(make([]byte, 25)) + "\x07ringpop\x01\x02as\x04json\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	sized := []byte(handshake + call)
	sized[1] = byte(len(handshake))
	sized[len(handshake)+1] = byte(len(call))
	conn.SetDeadline(time.Now().Add(time.Second))
	conn.Write(sized)
	conn.Read(make([]byte, 1<<10))
	return nil
}
