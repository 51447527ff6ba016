package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/ringmend/ringmend/internal/netlab"
)

// stage is where a cluster is: in the simulator, or on this machine. Its nodes, of which
// all have been started, are numbers from 0 on.
type stage interface {
	// now returns the time since the first node was started.
	now() time.Duration
	// pass lets time pass.
	pass(time.Duration) error
	views() *views
	// crash ends the process of a node; its port is closed then.
	crash(node int) error
	// cut separates two parts, and mend joins them again.
	cut(kind netlab.Kind, a, b []int) error
	mend() error
}

// figures are how long something took, by what it was.
type figures map[string]time.Duration

// What is measured.
const (
	starting       = "start to one checksum"
	crashKnown     = "crash (port closed), known to all"
	vanishKnown    = "vanished host (packets dropped), known to all"
	resetGivenUp   = "cut in halves (reset), sides give each other up"
	resetHealed    = "cut in halves (reset), healed"
	droppedGivenUp = "cut in halves (dropped), sides give each other up"
	droppedHealed  = "cut in halves (dropped), healed"
)

// measured are all of them, in the order of the table.
var measured = []string{starting, crashKnown, vanishKnown, resetGivenUp, resetHealed, droppedGivenUp, droppedHealed}

// history is what happens to a cluster after its start.
type history struct {
	name string
	play func(s stage, nodes int, f figures) error
}

var histories = []history{
	{"crash", func(s stage, nodes int, f figures) error {
		return lose(s, nodes, f, crashKnown, s.crash)
	}},
	{"vanish", func(s stage, nodes int, f figures) error {
		return lose(s, nodes, f, vanishKnown, func(node int) error {
			return s.cut(netlab.Drop, []int{node}, without(nodes, node))
		})
	}},
	{"reset", func(s stage, nodes int, f figures) error {
		return split(s, nodes, f, netlab.Reset, resetGivenUp, resetHealed)
	}},
	{"drop", func(s stage, nodes int, f figures) error {
		return split(s, nodes, f, netlab.Drop, droppedGivenUp, droppedHealed)
	}},
}

const (
	settle = 10 * time.Second // at least, between the start and what happens then
	cutFor = 20 * time.Second
	limit  = time.Minute // for everything that is waited for
	look   = 10 * time.Millisecond
)

// perform waits for the start, and then lets a history happen. Which run it is says when:
// healers and probes have periods, and things must happen anywhere in them.
func (h *history) perform(s stage, nodes, run int) (figures, error) {
	f := make(figures)
	agreed, err := until(s, s.views().agreed)
	if err != nil {
		return nil, fmt.Errorf("the nodes do not find each other: %w", err)
	}
	f[starting] = agreed
	const aPart = 370 * time.Millisecond // of a second, and of no period
	if err := s.pass(settle + time.Duration(run)*aPart%time.Second); err != nil {
		return nil, err
	}
	return f, h.play(s, nodes, f)
}

// lose loses one node, and waits until all others know.
func lose(s stage, nodes int, f figures, what string, how func(node int) error) error {
	lost := nodes / 3
	began := s.now()
	if err := how(lost); err != nil {
		return err
	}
	known, err := until(s, func() (time.Duration, bool) {
		return s.views().givenUp(without(nodes, lost), []int{lost})
	})
	f[what] = known - began
	return err
}

// split cuts a cluster in halves, and mends it.
func split(s stage, nodes int, f figures, kind netlab.Kind, givenUp, healed string) error {
	a, b := sides(nodes)
	began := s.now()
	if err := s.cut(kind, a, b); err != nil {
		return err
	}
	known, err := until(s, func() (time.Duration, bool) {
		one, ok := s.views().givenUp(a, b)
		other, also := s.views().givenUp(b, a)
		return max(one, other), ok && also
	})
	if err != nil {
		return fmt.Errorf("the sides do not give each other up: %w", err)
	}
	f[givenUp] = known - began
	if err := s.pass(began + cutFor - s.now()); err != nil {
		return err
	}
	began = s.now()
	if err := s.mend(); err != nil {
		return err
	}
	whole, err := until(s, s.views().agreed)
	if err != nil {
		return fmt.Errorf("the sides do not find each other: %w", err)
	}
	f[healed] = whole - began
	return nil
}

// errLimit says that something did not happen in time.
var errLimit = errors.New("not within a minute")

// until lets time pass until something holds, and returns since when it does.
func until(s stage, holds func() (since time.Duration, ok bool)) (time.Duration, error) {
	for end := s.now() + limit; s.now() < end; {
		if since, ok := holds(); ok {
			return since, nil
		}
		if err := s.pass(look); err != nil {
			return 0, err
		}
	}
	return 0, errLimit
}

// without returns all nodes but one.
func without(nodes, one int) (others []int) {
	for i := range nodes {
		if i != one {
			others = append(others, i)
		}
	}
	return others
}

// sides returns two halves of the nodes.
func sides(nodes int) (a, b []int) {
	for i := range nodes {
		if i < nodes/2 {
			a = append(a, i)
		} else {
			b = append(b, i)
		}
	}
	return a, b
}
