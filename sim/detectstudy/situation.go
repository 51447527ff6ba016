package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/sim/memberlist"
	"github.com/ringmend/ringmend/sim/script"
)

// situation is something that happens to a cluster whose nodes all know each other.
type situation struct {
	title string
	nodes int
	lost  int           // the first so many nodes go
	how   string        // their going shows to callers
	stops int           // or: the first so many nodes are stopped again and again
	lasts time.Duration // of the run; 0: until all is quiet
}

const (
	happens = 20 * time.Second // when it begins
	// The nodes that are stopped are stopped for so long each time, and then run for a moment.
	stopFor = 8 * time.Second
	runFor  = 64 * time.Millisecond
	stopped = time.Minute // they are stopped again and again for so long
	wellOf  = 100         // nodes there are in that case
)

// situations returns those in which nodes go, and those in which some are stopped.
func situations(o *options) (going, stopping []situation) {
	for _, how := range []string{script.HowRefuse, script.HowDrop} {
		means := map[string]string{script.HowRefuse: "crash (ports closed)", script.HowDrop: "vanish (packets dropped)"}[how]
		for _, n := range o.sizes {
			going = append(going, situation{title: "one: " + means, nodes: n, lost: 1, how: how})
		}
		going = append(going, situation{title: "60 of them: " + means, nodes: 63, lost: 60, how: how})
	}
	for _, n := range o.stopped {
		stopping = append(stopping, situation{title: fmt.Sprintf("%d stopped", n), nodes: wellOf, stops: n, lasts: happens + stopped + happens})
	}
	slices.SortStableFunc(going, func(a, b situation) int { return a.lost - b.lost })
	return going, stopping
}

// steps are what the situation does, by node and time.
func (s *situation) steps(seed uint64) (list []step) {
	at := happens + time.Duration(seed%10)*20*time.Millisecond // anywhere in a protocol period
	if s.lost > 0 {
		return []step{{at: at, nodes: s.lost}}
	}
	for ; at < happens+stopped; at += stopFor + runFor {
		list = append(list, step{at: at, nodes: s.stops, stop: true})
	}
	return list
}

// step loses the first so many nodes, or stops them for a while.
type step struct {
	at    time.Duration
	nodes int
	stop  bool
}

// script returns the situation for our simulator.
func (s *situation) script(seed uint64, rules string) (*script.Script, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "nodes %d\nseed %d\nwarm\nrules %s\n", s.nodes, seed, rules)
	if s.lasts > 0 {
		fmt.Fprintf(&b, "for %v\n", s.lasts)
	}
	for _, st := range s.steps(seed) {
		if st.stop {
			fmt.Fprintf(&b, "%v pause 1-%d time=%v\n", st.at, st.nodes, stopFor)
		} else {
			fmt.Fprintf(&b, "%v crash 1-%d how=%s\n", st.at, st.nodes, s.how)
		}
	}
	return script.Parse(b.String())
}

// modelLimit is for how long the model of memberlist waits for a detection.
const modelLimit = 5 * time.Minute

// model plays the situation by memberlist's rules.
func (s *situation) model(seed uint64) outcome {
	c := memberlist.New(s.nodes, seed, memberlist.LAN())
	var o outcome
	last := make([]time.Duration, s.lost)
	missing := make([]int, s.lost)
	for i := range missing {
		missing[i] = s.nodes - s.lost
	}
	left := s.lost
	c.Dead = func(node, member int) {
		switch {
		case member < s.lost && node >= s.lost:
			last[member] = c.Now()
			if missing[member]--; missing[member] == 0 {
				left--
			}
		case member >= s.lost && member >= s.stops:
			o.accused++
		}
	}
	c.Declared = func(_, member int) {
		if member >= s.lost && member >= s.stops {
			o.declared++
		}
	}
	steps := s.steps(seed)
	for _, st := range steps {
		c.Run(st.at)
		for node := range st.nodes {
			if st.stop {
				c.Pause(node, stopFor)
			} else {
				c.Crash(node)
			}
		}
	}
	if s.lasts > 0 {
		c.Run(s.lasts)
		return o
	}
	began := steps[0].at
	for left > 0 && c.Now() < began+modelLimit {
		c.Run(c.Now() + time.Second)
	}
	if left > 0 {
		o.never = true
	}
	for _, at := range last {
		o.known = append(o.known, (at - began).Seconds())
	}
	return o
}
