package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
	"github.com/ringmend/ringmend/tick-cluster/internal/command"
	"github.com/ringmend/ringmend/tick-cluster/internal/cutter"
	"github.com/ringmend/ringmend/tick-cluster/internal/record"
	"github.com/ringmend/ringmend/tick-cluster/internal/screen"
)

// stopLimit is how long stopping may take before the rest is left to the guard.
// Nodes have 5 s to end; more passes only when the output hangs.
const stopLimit = 8 * time.Second

// app obeys commands from keys or, where there is no terminal, from a script.
type app struct {
	options  options
	screen   *screen.Screen
	terminal *screen.Terminal // nil when there is none
	cluster  *cluster.Cluster
	cutter   *cutter.Cutter
	recorder *record.Recorder // nil for none
	admin    *admin.Client
	nodes    []cluster.Node
	names    map[wire.Address]string // of the nodes
	signals  *signals
	pressed  <-chan rune // keys; nil when they are off
	keys     command.Keys
	script   script

	viewsMu sync.Mutex
	views   []record.Group // the last that were recorded

	// broken gets the error of a cluster that cannot work.
	broken chan error
	// asking has an element for each command that goes on in the background.
	asking chan struct{}
	// ctx ends when no answers are wanted any more.
	ctx context.Context
}

// obey does what the keys or the script say until it is time to stop.
func (a *app) obey() error {
	recordFailed := a.recorder.Failed()
	for {
		select {
		case key, ok := <-a.pressed:
			if !ok {
				return errors.New("the terminal has gone")
			}
			if a.press(key) {
				return nil
			}
		case line, ok := <-a.script.next():
			if a.take(line, ok) {
				return a.script.result()
			}
		case err := <-a.script.done:
			if a.finish(err) {
				return a.script.result()
			}
		case <-a.signals.end:
			return a.script.interrupted()
		case err := <-a.broken:
			return err
		case <-recordFailed:
			recordFailed = nil
			a.screen.Log(cluster.All, "no record from here on: %v", a.recorder.Err())
		case <-a.screen.Failed():
			return fmt.Errorf("writing the output: %w", a.screen.Err())
		case <-a.signals.pause:
			a.pause()
		case <-a.signals.goOn:
			if a.terminal != nil {
				// Not fatal: without it, keys need an Enter.
				_ = a.terminal.Keys()
			}
		}
	}
}

// press takes a key, and reports whether it was the last.
func (a *app) press(key rune) (quit bool) {
	a.recorder.Write(record.Line{Kind: record.Key, Text: command.KeyName(key)})
	o := a.keys.Press(key)
	a.screen.Prompt("")
	a.screen.Print(o.Typed)
	if o.Problem != "" {
		a.screen.Print(o.Problem)
	}
	a.screen.Prompt(o.Prompt)
	if o.Command.Verb == command.Quit {
		return true
	}
	if o.Command.Verb != command.None {
		a.do(o.Command)
	}
	return false
}

// pause gives the terminal back while this process is stopped.
func (a *app) pause() {
	if a.terminal == nil {
		a.signals.stopSelf()
		return
	}
	a.screen.Prompt("")
	_ = a.terminal.Restore()
	a.signals.stopSelf()
	_ = a.terminal.Keys()
}

// stop mends the cut, ends the nodes and restores the terminal. A second request to
// stop skips the grace period.
func (a *app) stop() error {
	err := a.mendInTheEnd()
	hurry, done := make(chan struct{}), make(chan struct{})
	hurryUp := sync.OnceFunc(func() { close(hurry) })
	go func() {
		defer close(done)
		a.cluster.Stop(hurry)
	}()
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	for waiting := true; waiting; {
		select {
		case <-done:
			waiting = false
		case <-a.signals.end:
			hurryUp()
		case key, ok := <-a.pressed:
			if !ok {
				a.pressed = nil
			} else if a.keys.Press(key).Command.Verb == command.Quit {
				hurryUp()
			}
		case <-limit.C:
			err, waiting = errors.Join(err, errors.New("some nodes did not end in time and were killed")), false
		}
	}
	if a.terminal != nil {
		err = errors.Join(err, a.terminal.Restore())
	}
	return err
}
