package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
)

// deed is something that is done to a node.
type deed struct {
	name string
	do   func(c *cluster, n *node) error
}

// deeds are all of them; those that stand there twice are done twice as often.
var deeds = []deed{
	{"killed and started", (*cluster).killAndStart},
	{"killed and started", (*cluster).killAndStart},
	{"told to go and started", (*cluster).restart},
	{"stopped", (*cluster).pause},
	{"stopped", (*cluster).pause},
	{"flooded", (*cluster).flood},
	{"moved to another address", (*cluster).move},
}

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
	for time.Now().Before(ends) {
		for n, at := range resume {
			if time.Now().After(at) {
				delete(resume, n)
				c.resume(n)
			}
		}
		deed, n := deeds[c.random.IntN(len(deeds))], c.nodes[c.random.IntN(len(c.nodes))]
		if !n.paused {
			if err := deed.do(c, n); err != nil {
				return fmt.Errorf("node %d was to be %s: %w", n.number, deed.name, err)
			}
			done[deed.name]++
			if n.paused {
				resume[n] = time.Now().Add(time.Duration(c.random.Int64N(int64(longestPause))))
			}
		}
		if time.Since(progress) > 15*time.Second {
			progress = time.Now()
			fmt.Fprintf(out, "%v left: %v\n", time.Until(ends).Round(time.Second), done)
		}
		select {
		case <-time.After(time.Duration(c.random.Int64N(int64(2 * deedEvery)))):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	for n := range resume {
		c.resume(n)
	}
	fmt.Fprintf(out, "done: %v\n", done)
	return nil
}

func (c *cluster) killAndStart(n *node) error {
	n.process.Kill()
	return c.start(n)
}

func (c *cluster) restart(n *node) error {
	if err := n.process.Terminate(termGrace); err != nil {
		return err
	}
	return c.start(n)
}

func (c *cluster) pause(n *node) error {
	n.paused = true
	return n.process.Signal(syscall.SIGSTOP)
}

func (c *cluster) resume(n *node) {
	n.paused = false
	_ = n.process.Signal(syscall.SIGCONT) // it may have ended
}

// move starts a node at another address in place of one, and takes that out of the list.
func (c *cluster) move(n *node) error {
	if n.number < 2 {
		return nil // the special ones stay
	}
	n.process.Kill()
	n.log.Close()
	for i, other := range c.nodes {
		if other == n {
			c.nodes = append(c.nodes[:i], c.nodes[i+1:]...)
			break
		}
	}
	// Its ports stay taken: another node there would be the member come back.
	if err := c.add(); err != nil {
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
