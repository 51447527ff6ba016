package main

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
	"github.com/ringmend/ringmend/tick-cluster/internal/command"
	"github.com/ringmend/ringmend/tick-cluster/internal/naming"
	"github.com/ringmend/ringmend/tick-cluster/internal/record"
)

const (
	// maxAsking is the number of commands that may wait for answers at a time.
	maxAsking = 4
)

const shortHelp = "keys: t tick, s stats, p protocol stats, k kill, l suspend, m terminate, r revive, K revive all, c cut, C mend, g/G stop/start gossip, j join, h help, q quit"

var rule = strings.Repeat("-", 78)

// do obeys a command of a key. Those about processes are done at once, those that
// take time go on in the background.
func (a *app) do(c command.Command) {
	switch c.Verb {
	case command.Tick, command.Stats, command.Protocol, command.StopGossip, command.StartGossip, command.Join,
		command.SetDebug, command.ClearDebug, command.Cut, command.Mend:
		a.inBackground(func() { a.report(a.perform(c)) })
	default:
		a.report(a.perform(c))
	}
}

func (a *app) report(err error) {
	if err != nil && a.ctx.Err() == nil {
		a.screen.Log(cluster.All, "%v", err)
	}
}

// perform does a command and returns when it is done. The error is fit to be shown
// behind the command.
func (a *app) perform(c command.Command) error {
	a.recorder.Write(record.Line{Kind: record.Begin, Text: c.String()})
	err := a.act(c)
	a.recordCommand(c, err)
	return err
}

func (a *app) recordCommand(c command.Command, err error) {
	line := record.Line{Kind: record.Command, Text: c.String()}
	if err != nil {
		line.Error = err.Error()
	}
	a.recorder.Write(line)
}

// changed records that a node has another state.
func (a *app) changed(s cluster.Status, ending string) {
	a.recorder.Write(record.Line{Kind: record.State, Node: s.Name, State: s.State.String(), PID: s.PID, Text: ending})
}

func (a *app) act(c command.Command) error {
	switch c.Verb {
	case command.Kill:
		return a.withNodes(c, a.cluster.Kill)
	case command.Suspend:
		return a.withNodes(c, a.cluster.Suspend)
	case command.Terminate:
		return a.withNodes(c, a.cluster.Terminate)
	case command.Revive:
		return a.withNodes(c, a.cluster.Revive)
	case command.Rule:
		a.screen.Print(rule)
	case command.Blank:
		a.screen.Print("\n")
	case command.Help:
		a.screen.Print(a.help())
	case command.Tick, command.Stats, command.Protocol:
		a.show(c.Verb)
	case command.StopGossip:
		return a.order("gossip stopped", a.admin.GossipStop)
	case command.StartGossip:
		return a.order("gossip started", a.admin.GossipStart)
	case command.Join:
		return a.order("joined", a.admin.MemberJoin)
	case command.SetDebug:
		return a.order("debug flag "+c.Flag+" set", func(ctx context.Context, node wire.Address) error {
			return a.admin.DebugSet(ctx, node, c.Flag)
		})
	case command.ClearDebug:
		return a.order("debug flags cleared", a.admin.DebugClear)
	case command.Cut:
		return a.cut(c.Parts)
	case command.Mend:
		return a.mend()
	case command.Wait:
		return a.wait(c)
	case command.Sleep:
		return a.sleep(c.Time)
	}
	return nil
}

// withNodes does something to the nodes that the words of a command mean.
func (a *app) withNodes(c command.Command, do func(cluster.Choice) error) error {
	if len(c.Nodes) == 0 { // of Revive only
		a.cluster.ReviveAll()
		return nil
	}
	names, count, err := naming.Choose(a.named(), c.Nodes)
	if err == nil {
		err = do(cluster.Choice{Names: names, Random: count})
	}
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Fields(c.String())[0], err)
	}
	return nil
}

// named returns the nodes as words mean them.
func (a *app) named() []naming.Node {
	var nodes []naming.Node
	for i, n := range a.nodes {
		// Names and addresses are made by places.
		number, _ := strconv.Atoi(n.Name)
		address, _ := netip.ParseAddrPort(n.Address)
		nodes = append(nodes, naming.Node{Name: n.Name, Number: number, Index: a.options.port + i, Address: address})
	}
	return nodes
}

func (a *app) help() string {
	if a.terminal == nil {
		return strings.Join(command.ScriptHelp(), "\n")
	}
	return strings.Join(command.KeyHelp(), "\n")
}

// inBackground runs f beside the keys: nodes that do not answer hold up nothing.
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
