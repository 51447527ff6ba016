package main

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"time"

	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
	"github.com/ringmend/ringmend/tick-cluster/internal/command"
	"github.com/ringmend/ringmend/tick-cluster/internal/record"
	"github.com/ringmend/ringmend/tick-cluster/internal/report"
)

// maxCalls is the number of nodes that one command asks at a time: more would not
// make a small machine any faster.
const maxCalls = 16

// show asks all running nodes for something and shows the answers.
func (a *app) show(verb command.Verb) {
	running, absent := a.split()
	switch verb {
	case command.Tick:
		answers := ask(a.ctx, running, a.admin.Tick)
		a.recordViews(answers, true)
		a.screen.Print(report.Checksums(answers, absent))
	case command.Stats:
		answers := ask(a.ctx, running, a.admin.Stats)
		a.recordViews(checksumsOf(answers), true)
		a.screen.Print(report.Memberships(answers, absent, a.names))
	case command.Protocol:
		a.screen.Print(report.Protocol(ask(a.ctx, running, a.admin.Stats), absent))
	}
}

// recordViews records which nodes agree; always also when that is no other than the
// last time.
func (a *app) recordViews(answers []report.Answer[uint32], always bool) {
	var groups []record.Group
	for checksum, nodes := range report.ByChecksum(answers) {
		groups = append(groups, record.Group{Checksum: checksum, Nodes: nodes})
	}
	a.viewsMu.Lock()
	defer a.viewsMu.Unlock()
	same := reflect.DeepEqual(groups, a.views)
	a.views = groups
	if always || !same && len(groups) > 0 {
		a.recorder.Write(record.Line{Kind: record.Checksums, Groups: groups})
	}
}

func checksumsOf(answers []report.Answer[*wire.Stats]) []report.Answer[uint32] {
	checksums := make([]report.Answer[uint32], len(answers))
	for i, answer := range answers {
		checksums[i] = report.Answer[uint32]{Node: answer.Node, Err: answer.Err}
		if answer.Err == nil {
			checksums[i].Value = answer.Value.Membership.Checksum
		}
	}
	return checksums
}

var errOrder = errors.New("not all nodes have done it")

// order has all running nodes do something that has no answer. The error is
// errOrder.
func (a *app) order(what string, call func(context.Context, wire.Address) error) error {
	running, absent := a.split()
	begin := time.Now()
	answers := ask(a.ctx, running, func(ctx context.Context, node wire.Address) (struct{}, error) {
		return struct{}{}, call(ctx, node)
	})
	line, failures := report.Done(what, answers, absent, time.Since(begin))
	a.screen.Log(cluster.All, "%s", line)
	a.screen.Print(failures)
	for _, answer := range answers {
		if answer.Err != nil {
			return errOrder
		}
	}
	return nil
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
