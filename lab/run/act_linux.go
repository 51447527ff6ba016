package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/ringmend/ringmend/lab/fault"
	"github.com/ringmend/ringmend/lab/host"
	"github.com/ringmend/ringmend/lab/link"
	"github.com/ringmend/ringmend/lab/result"
)

// terminateGrace is how long a node has to end when it is asked to.
const terminateGrace = 5 * time.Second

// closedWithin reports whether a channel is closed in time.
func closedWithin(done <-chan struct{}, limit time.Duration) bool {
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}

// Act carries out a command that changes something. It writes down an event, and
// evidence of what came of it.
func (cl *Cluster) Act(ctx context.Context, c fault.Command) error {
	c, sets, err := cl.resolve(ctx, c)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Verb, err)
	}
	cl.event(result.Event{Kind: result.Action, Detail: c.String()})
	switch c.Verb {
	case fault.Cut, fault.OneWay:
		return cl.cut(c, sets)
	case fault.Slow:
		return cl.change(c, sets[0], link.Change{Delay: c.Time}, func(n link.Counts) uint64 { return n.Slowed }, "slowed")
	case fault.Loss:
		return cl.change(c, sets[0], link.Change{Loss: c.Percent / 100}, func(n link.Counts) uint64 { return n.Lost }, "lost")
	case fault.Mend:
		cl.mend()
		return nil
	case fault.Join:
		return cl.join(c)
	case fault.Leave:
		cl.leave(ctx)
		return nil
	}
	for _, i := range sets[0] {
		if err := cl.onNode(c, cl.nodes[i]); err != nil {
			return err
		}
	}
	return nil
}

// resolve returns a command with the numbers of nodes, and the nodes that it names; all of them
// where it names none.
func (cl *Cluster) resolve(ctx context.Context, c fault.Command) (fault.Command, [][]int, error) {
	scene := fault.Scene{Nodes: cl.config.Nodes, Leader: -1}
	if c.NeedsLeader() {
		scene = cl.scene(ctx)
	}
	c, err := scene.Named(c)
	if err != nil {
		return c, nil, err
	}
	sets, err := cl.named(scene, c)
	return c, sets, err
}

func (cl *Cluster) named(scene fault.Scene, c fault.Command) ([][]int, error) {
	if len(c.Parts) > 0 {
		return scene.Resolve(c.Parts...)
	}
	names := c.Nodes
	if len(names) == 0 {
		names = fault.Names{"*"}
	}
	sets, err := scene.Resolve(names)
	if err == nil && len(c.Nodes) == 0 {
		sets[0] = cl.concerned(c.Verb, sets[0])
	}
	return sets, err
}

// concerned leaves out the nodes that a command without names does not mean.
func (cl *Cluster) concerned(verb fault.Verb, nodes []int) (list []int) {
	for _, i := range nodes {
		n := cl.nodes[i]
		n.mu.Lock()
		running, paused := n.running(), n.paused
		n.mu.Unlock()
		if verb == fault.Revive && running || verb == fault.Resume && !paused {
			continue
		}
		list = append(list, i)
	}
	return list
}

func (cl *Cluster) onNode(c fault.Command, n *node) error {
	what := fmt.Sprintf("%s %d", c.Verb, n.number+1)
	switch c.Verb {
	case fault.Kill:
		pid := n.pid()
		was := n.kill()
		state := awaitState(pid, gone)
		cl.prove(what, was && state == gone, fmt.Sprintf("process %d is %s", pid, state))
		return nil
	case fault.Revive:
		if n.up() && n.number < cl.config.Nodes {
			n.mu.Lock()
			paused := n.paused
			n.mu.Unlock()
			if paused {
				return n.signal(syscall.SIGCONT)
			}
		}
		return n.start()
	case fault.Pause:
		if err := n.signal(syscall.SIGSTOP); err != nil {
			return err
		}
		state := awaitState(n.pid(), "T")
		cl.prove(what, state == "T", fmt.Sprintf("process %d is in state %s", n.pid(), state))
		return nil
	case fault.Resume:
		return n.signal(syscall.SIGCONT)
	case fault.Fill:
		return cl.fill(what, n)
	case fault.Skew:
		return cl.skew(what, n, c.Time)
	case fault.Free:
		if err := os.Remove(filepath.Join(n.dir, filler)); err != nil && !os.IsNotExist(err) {
			return err
		}
		if !n.up() { // what a full disk does to many programs
			return n.start()
		}
		return nil
	}
	return fmt.Errorf("%s cannot be done to a node", c.Verb)
}

// gone is the state of a process that does not exist.
const gone = "gone"

// awaitState returns the state of a process, as soon as it is the wanted one.
func awaitState(pid int, want string) (state string) {
	for range 100 {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return gone
		}
		// The state follows the name, which is in brackets and may hold anything.
		_, rest, _ := strings.Cut(string(text[strings.LastIndexByte(string(text), ')')+1:]), " ")
		if state, _, _ = strings.Cut(rest, " "); state == want {
			return state
		}
		time.Sleep(time.Millisecond)
	}
	return state
}

// skew moves the clock of a node. What comes of it shows when it is moved again, or back.
func (cl *Cluster) skew(what string, n *node, by time.Duration) error {
	if n.clock == "" {
		return errors.New("skew: the clocks of these nodes cannot be moved; name the fault clock-skew, also with -d")
	}
	before := n.moved
	readings, err := n.clock.Move(by)
	if err != nil {
		return err
	}
	if before != 0 {
		cl.prove(what, readings > n.readings, fmt.Sprintf("the clock was read %d times while it was moved by %v", readings-n.readings, before))
	}
	n.moved, n.readings = by, readings
	return nil
}

// filler is the name of the file that fills a disk.
const filler = "filler"

func (cl *Cluster) fill(what string, n *node) error {
	f, err := os.OpenFile(filepath.Join(n.dir, filler), os.O_CREATE|os.O_WRONLY|os.O_APPEND, logMode)
	if err != nil {
		return err
	}
	block := make([]byte, 1<<20)
	for len(block) > 0 {
		if _, err = f.Write(block); err != nil {
			block = block[:len(block)/2] // what is left may be less than a block
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return errors.Join(fmt.Errorf("filling the disk of node %d: %w", n.number+1, err), f.Close())
	}
	free, err := host.Free(n.dir)
	cl.prove(what, err == nil && free == 0, fmt.Sprintf("%d bytes are free", free))
	return f.Close()
}

func (cl *Cluster) prove(what string, ok bool, detail string) {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	cl.evidence = append(cl.evidence, result.Evidence{What: what, OK: ok, Detail: detail})
}

func (cl *Cluster) join(c fault.Command) error {
	if cl.spares() > 0 {
		return errors.New("join: further nodes run already; end them with leave")
	}
	spare := cl.nodes[cl.config.Nodes:]
	if c.Count > len(spare) {
		return fmt.Errorf("join: there are hosts for %d further nodes (--storm)", len(spare))
	}
	for _, n := range spare[:c.Count] {
		if err := n.start(); err != nil {
			return err
		}
		cl.mu.Lock()
		cl.joined = append(cl.joined, n.number)
		cl.mu.Unlock()
	}
	return nil
}

// leave ends the nodes that have joined, and writes down how many of them were members.
func (cl *Cluster) leave(ctx context.Context) {
	cl.mu.Lock()
	joined := cl.joined
	cl.joined = nil
	cl.mu.Unlock()
	members := 0
	for _, i := range joined {
		if s := cl.askOne(ctx, i); s.OK && len(s.Members) >= cl.config.Nodes {
			members++
		}
	}
	cl.prove(fmt.Sprintf("join %d", len(joined)), members == len(joined) && members > 0, fmt.Sprintf("%d of %d have joined", members, len(joined)))
	for _, i := range joined {
		cl.nodes[i].terminate()
	}
}
