package main

import (
	"context"
	"strings"

	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
	"github.com/ringmend/ringmend/tick-cluster/internal/command"
	"github.com/ringmend/ringmend/tick-cluster/internal/record"
)

const (
	// maxAsking is the number of commands that may wait for answers at a time.
	maxAsking = 4
)

const shortHelp = "keys: t tick, s stats, p protocol stats, k kill, l suspend, m terminate, K revive, c cut, C mend, g/G stop/start gossip, j join, h help, q quit"

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

func (a *app) act(c command.Command) error {
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

func (a *app) help() string {
	if a.terminal == nil {
		return strings.Join(command.ScriptHelp(), "\n")
	}
	return strings.Join(command.KeyHelp(), "\n")
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
