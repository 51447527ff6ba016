package cluster

import (
	"errors"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/ringmend/ringmend/tick-cluster/internal/proc"
)

// grace is how long a process may take to end after SIGTERM.
const grace = 5 * time.Second

// Kill kills count random running nodes with SIGKILL.
func (c *Cluster) Kill(count int) {
	c.pick(count, func(s *slot) error {
		return c.change(s, Killed, s.proc.Signal(syscall.SIGKILL))
	})
}

// Suspend stops count random running nodes with SIGSTOP until they are revived.
func (c *Cluster) Suspend(count int) {
	c.pick(count, func(s *slot) error {
		return c.change(s, Suspended, s.proc.Signal(syscall.SIGSTOP))
	})
}

// Terminate ends count random running nodes with SIGTERM, and 5 s later with
// SIGKILL.
func (c *Cluster) Terminate(count int) {
	c.pick(count, func(s *slot) error {
		return c.change(s, Terminating, s.proc.Terminate(grace))
	})
}

// change notes the new state of a slot when the signal for it could be sent.
func (c *Cluster) change(s *slot, state State, err error) error {
	if err == nil {
		s.state, s.since = state, time.Now()
		c.log.Log(s.Name, "%v, pid %d", state, s.proc.PID)
	}
	return err
}

// pick does something to count random running nodes, or to all when they are
// fewer.
func (c *Cluster) pick(count int, do func(*slot) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var running []*slot
	for _, s := range c.slots {
		if s.state == Running {
			running = append(running, s)
		}
	}
	if count == 0 {
		c.log.Log(All, "0 nodes: nothing to do")
	}
	if count > len(running) {
		c.log.Log(All, "%d of %d nodes are running", len(running), len(c.slots))
		count = len(running)
	}
	rand.Shuffle(len(running), func(i, j int) { running[i], running[j] = running[j], running[i] })
	for _, s := range running[:count] {
		// A process that has just ended is reported as such in a moment.
		if err := do(s); err != nil && !errors.Is(err, proc.ErrGone) {
			c.log.Log(s.Name, "%v", err)
		}
	}
}

// Revive wakes up the suspended nodes and starts those that are down, whatever
// the cause. Nodes that are about to end are started after their end.
func (c *Cluster) Revive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	idle := true
	for _, s := range c.slots {
		if s.state == Running || s.state == Waiting || c.stopping {
			continue
		}
		idle = false
		switch {
		case s.state == Suspended:
			c.resume(s)
		case s.up:
			s.again = true
		default:
			c.restart(s)
		}
	}
	if idle {
		c.log.Log(All, "all nodes are running")
	}
}

func (c *Cluster) resume(s *slot) {
	if err := s.proc.Signal(syscall.SIGCONT); err != nil {
		c.log.Log(s.Name, "%v", err)
		return
	}
	s.state = Running
	c.log.Log(s.Name, "resumed after %v, pid %d", since(s.since), s.proc.PID)
}

// restart starts a node that was down. Called with the lock held.
func (c *Cluster) restart(s *slot) {
	down := since(s.since)
	if err := c.start(s); err != nil {
		s.again = false
		c.log.Log(s.Name, "%v", err)
		return
	}
	c.log.Log(s.Name, "started again after %v, pid %d", down, s.proc.PID)
}
