package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ringmend/ringmend/internal/proc"
)

// Node is one place in the cluster, whatever runs there.
type Node struct {
	Name    string // short, for people: the port
	Address string // host:port
}

// State is what a node does.
type State uint8

// The states of a node.
const (
	Waiting State = iota // to be started
	Running
	Suspended
	Killed      // by a command
	Terminating // by a command; not ended yet
	Terminated  // by a command
	Ended       // by itself
)

var stateNames = [...]string{"not started", "running", "suspended", "killed", "terminating", "terminated", "ended"}

func (s State) String() string { return stateNames[s] }

// Launcher starts the process of a node.
type Launcher func(Node) (*proc.Process, error)

// Logger is told what happens; who is the name of a node, or "cluster".
type Logger interface {
	Log(who, format string, args ...any)
}

// All is who events are logged for that concern more than one node.
const All = "cluster"

// Cluster is the processes of some nodes.
type Cluster struct {
	// Ended is called, if it is not nil, when a node has ended by itself. It must
	// be set before Start.
	Ended func(Node)
	// Changed is called, if it is not nil, when a node has got another state, with
	// how its process ended if it has. It must be set before Start, and must not
	// call the Cluster.
	Changed func(s Status, ending string)

	launch Launcher
	log    Logger

	mu       sync.Mutex
	random   *rand.Rand
	slots    []*slot
	stopping bool
}

// slot is a node and what runs there.
type slot struct {
	Node
	state State
	since time.Time     // of the last change of state
	proc  *proc.Process // the last one
	up    bool          // proc has not ended, as far as watch knows
	again bool          // to be started as soon as proc has ended
}

// New returns a cluster of which nothing runs yet. Equal seeds make equal choices,
// among nodes in equal states.
func New(nodes []Node, launch Launcher, log Logger, seed uint64) *Cluster {
	c := &Cluster{launch: launch, log: log, random: rand.New(rand.NewPCG(seed, 0))}
	for _, n := range nodes {
		c.slots = append(c.slots, &slot{Node: n})
	}
	return c
}

// Start starts all nodes, with a pause between one and the next, and returns their
// process ids. It calls started with the number of nodes after each. After an
// error, or the end of ctx, some may run: call Stop.
func (c *Cluster) Start(ctx context.Context, pause time.Duration, started func(n int)) (pids []int, err error) {
	for i, s := range c.slots {
		if i > 0 && pause > 0 {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return pids, context.Cause(ctx)
			}
		}
		pid, err := c.startFirst(s)
		if err != nil {
			return pids, fmt.Errorf("node %s: %w", s.Name, err)
		}
		pids = append(pids, pid)
		started(len(pids))
	}
	return pids, nil
}

// errStopping is the error of starting a node while all are being stopped.
var errStopping = errors.New("the cluster is being stopped")

func (c *Cluster) startFirst(s *slot) (pid int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping {
		return 0, errStopping
	}
	if err := c.start(s); err != nil {
		return 0, err
	}
	return s.proc.PID, nil
}

// start starts the process of a slot that is not up. Called with the lock held.
func (c *Cluster) start(s *slot) error {
	p, err := c.launch(s.Node)
	if err != nil {
		return err
	}
	s.proc, s.up, s.again = p, true, false
	c.enter(s, Running, "")
	go c.watch(s, p)
	return nil
}

// enter gives a slot another state. Called with the lock held.
func (c *Cluster) enter(s *slot, state State, ending string) {
	s.state, s.since = state, time.Now()
	if c.Changed != nil {
		c.Changed(s.status(), ending)
	}
}

// watch waits for the end of a process and draws the conclusions.
func (c *Cluster) watch(s *slot, p *proc.Process) {
	<-p.Done()
	if byItself := c.conclude(s, p); byItself && c.Ended != nil {
		c.Ended(s.Node)
	}
}

func (c *Cluster) conclude(s *slot, p *proc.Process) (byItself bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.proc != p {
		return false // there is another one already
	}
	s.up = false
	switch {
	case c.stopping:
		return false
	case s.state == Running, s.state == Suspended:
		c.log.Log(All, "%s (pid %d) ended by itself: %s", s.Name, p.PID, p.Ending())
		c.enter(s, Ended, p.Ending())
		byItself = true
	case s.state == Terminating:
		c.log.Log(All, "%s (pid %d) terminated after %v: %s", s.Name, p.PID, since(s.since), p.Ending())
		c.enter(s, Terminated, p.Ending())
	}
	if s.again {
		c.restart(s)
	}
	return byItself
}

// Status is a node and its state at some time.
type Status struct {
	Node
	State State
	PID   int // of the last process, 0 when there was none yet
}

// Status returns all nodes, in the order in which they were given.
func (c *Cluster) Status() []Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]Status, len(c.slots))
	for i, s := range c.slots {
		list[i] = s.status()
	}
	return list
}

func (s *slot) status() Status {
	status := Status{Node: s.Node, State: s.state}
	if s.proc != nil {
		status.PID = s.proc.PID
	}
	return status
}

// since is the time from t until now, in a length for people.
func since(t time.Time) time.Duration { return time.Since(t).Round(time.Millisecond) }
