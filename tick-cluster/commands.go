package main

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
	"github.com/ringmend/ringmend/tick-cluster/internal/command"
	"github.com/ringmend/ringmend/tick-cluster/internal/report"
)

const (
	// maxAsking is the number of commands that may wait for answers at a time.
	maxAsking = 4
	// maxCalls is the number of nodes that one command asks at a time.
	maxCalls = 64
)

const shortHelp = "keys: t tick, s stats, p protocol stats, k kill, l suspend, m terminate, K revive, g/G stop/start gossip, j join, h help, q quit"

var rule = strings.Repeat("-", 78)

// do obeys a command. Those about processes are done at once, those that ask the
// nodes go on in the background.
func (a *app) do(c command.Command) {
	switch c.Verb {
	case command.Kill:
		a.cluster.Kill(c.Count)
	case command.Suspend:
		a.cluster.Suspend(c.Count)
	case command.Terminate:
		a.cluster.Terminate(c.Count)
	case command.Revive:
		a.cluster.Revive()
	case command.Rule:
		a.screen.Print(rule)
	case command.Blank:
		a.screen.Print("\n")
	case command.Help:
		a.screen.Print(strings.Join(command.KeyHelp(), "\n"))
	case command.Tick, command.Stats, command.Protocol:
		a.inBackground(func() { a.show(c.Verb) })
	case command.StopGossip:
		a.order("gossip stopped", a.admin.GossipStop)
	case command.StartGossip:
		a.order("gossip started", a.admin.GossipStart)
	case command.Join:
		a.order("joined", a.admin.MemberJoin)
	case command.SetDebug:
		a.order("debug flag "+c.Flag+" set", func(ctx context.Context, node wire.Address) error {
			return a.admin.DebugSet(ctx, node, c.Flag)
		})
	case command.ClearDebug:
		a.order("debug flags cleared", a.admin.DebugClear)
	}
}

// show asks all running nodes for something and shows the answers.
func (a *app) show(verb command.Verb) {
	running, absent := a.split()
	switch verb {
	case command.Tick:
		a.screen.Print(report.Checksums(ask(a.ctx, running, a.admin.Tick), absent))
	case command.Stats:
		names := make(map[wire.Address]string, len(a.nodes))
		for _, n := range a.nodes {
			names[wire.Address(n.Address)] = n.Name
		}
		a.screen.Print(report.Memberships(ask(a.ctx, running, a.admin.Stats), absent, names))
	case command.Protocol:
		a.screen.Print(report.Protocol(ask(a.ctx, running, a.admin.Stats), absent))
	}
}

// order has all running nodes do something that has no answer.
func (a *app) order(what string, call func(context.Context, wire.Address) error) {
	a.inBackground(func() {
		running, absent := a.split()
		begin := time.Now()
		answers := ask(a.ctx, running, func(ctx context.Context, node wire.Address) (struct{}, error) {
			return struct{}{}, call(ctx, node)
		})
		line, failures := report.Done(what, answers, absent, time.Since(begin))
		a.screen.Log(cluster.All, "%s", line)
		a.screen.Print(failures)
	})
}

// inBackground runs f beside the keys, so that nodes which do not answer hold up
// nobody.
func (a *app) inBackground(f func()) {
	select {
	case a.asking <- struct{}{}:
	default:
		a.screen.Log(cluster.All, "busy: %d commands wait for answers, try again in a moment", maxAsking)
		return
	}
	go func() {
		defer func() { <-a.asking }()
		f()
	}()
}

// split tells the nodes that can be asked from the others.
func (a *app) split() (running []cluster.Node, absent []report.Absent) {
	for _, s := range a.cluster.Status() {
		if s.State == cluster.Running {
			running = append(running, s.Node)
		} else {
			absent = append(absent, report.Absent{Node: s.Name, Why: s.State.String()})
		}
	}
	return running, absent
}

// ask calls all nodes in parallel and returns their answers in the order of the
// nodes.
func ask[T any](ctx context.Context, nodes []cluster.Node, call func(context.Context, wire.Address) (T, error)) []report.Answer[T] {
	answers := make([]report.Answer[T], len(nodes))
	slots := make(chan struct{}, maxCalls)
	var wg sync.WaitGroup
	for i, n := range nodes {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			value, err := call(ctx, wire.Address(n.Address))
			answers[i] = report.Answer[T]{Node: n.Name, Value: value, Err: err}
		})
	}
	wg.Wait()
	return answers
}
