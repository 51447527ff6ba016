package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
	"github.com/ringmend/ringmend/tick-cluster/internal/command"
	"github.com/ringmend/ringmend/tick-cluster/internal/screen"
)

// stopLimit is how long stopping may take before the rest is left to the guard.
// Nodes have 5 s to end; more passes only when the output hangs.
const stopLimit = 8 * time.Second

// app obeys commands from keys.
type app struct {
	screen   *screen.Screen
	terminal *screen.Terminal // nil when there is none
	cluster  *cluster.Cluster
	admin    *admin.Client
	nodes    []cluster.Node
	signals  *signals
	pressed  <-chan rune // keys; nil when they are off
	keys     command.Keys

	// asking has an element for each command that waits for answers of nodes.
	asking chan struct{}
	// ctx ends when no answers are wanted any more.
	ctx context.Context
}

// obey does what the keys say until it is time to stop.
func (a *app) obey() error {
	for {
		select {
		case key, ok := <-a.pressed:
			if !ok {
				return errors.New("the terminal has gone")
			}
			if a.press(key) {
				return nil
			}
		case <-a.signals.end:
			return nil
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
	a.do(o.Command)
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

// stop ends the nodes and gives the terminal back. Whoever wants it to stop again
// is in a hurry.
func (a *app) stop() error {
	hurry, done := make(chan struct{}), make(chan struct{})
	hurryUp := sync.OnceFunc(func() { close(hurry) })
	go func() {
		defer close(done)
		a.cluster.Stop(hurry)
	}()
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	var err error
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
			err, waiting = errors.New("some nodes did not end in time and were killed"), false
		}
	}
	if a.terminal != nil {
		err = errors.Join(err, a.terminal.Restore())
	}
	return err
}

// readKeys sends the keys that are pressed until in ends. The goroutine ends then
// or with the process: a read from a terminal cannot be called off everywhere.
func (a *app) readKeys(in io.Reader) <-chan rune {
	keys := make(chan rune)
	go func() {
		defer close(keys)
		var data []byte
		chunk := make([]byte, 256)
		for {
			n, err := in.Read(chunk)
			var pressed []rune
			pressed, data = command.Decode(append(data, chunk[:n]...))
			for _, key := range pressed {
				select {
				case keys <- key:
				case <-a.ctx.Done():
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return keys
}
