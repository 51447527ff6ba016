package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ringmend/ringmend/internal/proc"
)

// grace is how long a process may take to end after SIGTERM.
const grace = 5 * time.Second

// ErrUnfit is wrapped by the errors about named nodes that are in the wrong state for a
// command. The command has then changed none of the nodes.
var ErrUnfit = errors.New("nothing is done")

// Choice selects the nodes of a command: those with the given names or, without names, a
// number of suitable nodes at random, and all of these when they are fewer.
type Choice struct {
	Names  []string
	Random int
}

// Kill kills nodes with SIGKILL. Those that are suspended, or about to end, can be
// named.
func (c *Cluster) Kill(which Choice) error {
	return c.pick(which, []State{Running}, []State{Running, Suspended, Terminating}, func(s *slot) error {
		return c.change(s, Killed, s.proc.Signal(syscall.SIGKILL))
	})
}

// Suspend stops running nodes with SIGSTOP until they are revived.
func (c *Cluster) Suspend(which Choice) error {
	return c.pick(which, []State{Running}, []State{Running}, func(s *slot) error {
		return c.change(s, Suspended, s.proc.Signal(syscall.SIGSTOP))
	})
}

// Terminate ends nodes with SIGTERM, and 5 s later with SIGKILL. Those that are
// suspended can be named.
func (c *Cluster) Terminate(which Choice) error {
	return c.pick(which, []State{Running}, []State{Running, Suspended}, func(s *slot) error {
		return c.change(s, Terminating, s.proc.Terminate(grace))
	})
}

// down are the states that a node can be revived from.
var down = []State{Suspended, Killed, Terminating, Terminated, Ended}

// reviveWait is how long Revive waits for the ends of processes that were killed a
// moment ago.
const reviveWait = 2 * time.Second

// Revive wakes up nodes that are suspended and starts those that are down, whatever
// the cause. It waits for the end of those that were just killed: what can be chosen
// next must not depend on how quick they are. Those that are about to end by
// themselves are started after their end.
func (c *Cluster) Revive(which Choice) error {
	late := time.NewTimer(reviveWait)
	defer late.Stop()
	return c.pick(which, down, down, func(s *slot) error {
		if s.up && s.state == Killed {
			select {
			case <-s.proc.Done():
				s.up = false
			case <-late.C:
				late.Reset(0) // for the next one
			}
		}
		switch {
		case s.state == Suspended:
			c.resume(s)
		case s.up:
			s.again = true
		default:
			c.restart(s)
		}
		return nil
	})
}

// ReviveAll is Revive for all nodes that are suspended or down.
func (c *Cluster) ReviveAll() {
	count := 0
	for _, s := range c.Status() {
		if slices.Contains(down, s.State) {
			count++
		}
	}
	if count == 0 {
		c.log.Log(All, "all nodes are running")
		return
	}
	// By chance is without an error.
	_ = c.Revive(Choice{Random: count})
}

// change notes the new state of a slot when the signal for it could be sent.
func (c *Cluster) change(s *slot, state State, err error) error {
	if err == nil {
		c.enter(s, state, "")
		c.log.Log(s.Name, "%v, pid %d", state, s.proc.PID)
	}
	return err
}

// pick does something to nodes: to any that are in a state for it, or to those that
// are named, which must be.
func (c *Cluster) pick(which Choice, anyIn, namedIn []State, do func(*slot) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping {
		return errStopping
	}
	if len(which.Names) > 0 {
		return c.pickNamed(which.Names, namedIn, do)
	}
	var fit []*slot
	for _, s := range c.slots {
		if slices.Contains(anyIn, s.state) {
			fit = append(fit, s)
		}
	}
	count := which.Random
	if count == 0 {
		c.log.Log(All, "0 nodes: nothing to do")
	}
	if count > len(fit) {
		c.log.Log(All, "%d of %d nodes are %s", len(fit), len(c.slots), stateList(anyIn))
		count = len(fit)
	}
	if count < len(fit) {
		c.random.Shuffle(len(fit), func(i, j int) { fit[i], fit[j] = fit[j], fit[i] })
	}
	for _, s := range fit[:count] {
		// A process that has just ended is reported as such in a moment.
		if err := do(s); err != nil && !errors.Is(err, proc.ErrGone) {
			c.log.Log(s.Name, "%v", err)
		}
	}
	return nil
}

func stateList(states []State) string {
	if len(states) == 1 {
		return states[0].String()
	}
	return "down or suspended"
}

func (c *Cluster) pickNamed(names []string, fit []State, do func(*slot) error) error {
	var slots []*slot
	var unfit []string
	for _, name := range names {
		i := slices.IndexFunc(c.slots, func(s *slot) bool { return s.Name == name })
		switch {
		case i < 0:
			unfit = append(unfit, name+" is no node")
		case !slices.Contains(fit, c.slots[i].state):
			unfit = append(unfit, fmt.Sprintf("%s is %v", name, c.slots[i].state))
		default:
			slots = append(slots, c.slots[i])
		}
	}
	if len(unfit) > 0 {
		return fmt.Errorf("%w: %s", ErrUnfit, strings.Join(unfit, ", "))
	}
	var errs []error
	for _, s := range slots {
		if err := do(s); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (c *Cluster) resume(s *slot) {
	if err := s.proc.Signal(syscall.SIGCONT); err != nil {
		c.log.Log(s.Name, "%v", err)
		return
	}
	c.log.Log(s.Name, "resumed after %v, pid %d", since(s.since), s.proc.PID)
	c.enter(s, Running, "")
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
