package main

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
	"github.com/ringmend/ringmend/tick-cluster/internal/record"
	"github.com/ringmend/ringmend/tick-cluster/internal/screen"
)

// nodeOutput is where the lines of the nodes go: to the screen, unless that is to be
// quiet, and to the record.
type nodeOutput struct {
	app   *app
	tails map[string]*screen.Tail // of each node, if the screen is quiet

	mu sync.Mutex
	// complains are the nodes that have printed something about bindDial.
	complains map[string]bool
}

func newNodeOutput(a *app) *nodeOutput {
	o := &nodeOutput{app: a, complains: map[string]bool{}}
	if a.options.quiet {
		o.tails = make(map[string]*screen.Tail, len(a.nodes))
		for _, n := range a.nodes {
			o.tails[n.Name] = new(screen.Tail)
		}
	}
	a.screen.Observe(o.observe)
	return o
}

func (o *nodeOutput) follow(n cluster.Node, f *os.File) {
	if tail := o.tails[n.Name]; tail != nil {
		tail.Keep(o.app.screen, n.Name, f)
		return
	}
	o.app.screen.Follow(n.Name, f)
}

func (o *nodeOutput) observe(who string, fromProgram bool, text string) {
	kind := record.Event
	switch {
	case fromProgram:
		kind = record.Output
		o.listen(who, text)
	case who == "":
		kind = record.Show
	}
	o.app.recorder.Write(record.Line{Kind: kind, Node: who, Text: text})
}

// listen looks for what programs say of an option that they do not know.
func (o *nodeOutput) listen(who, text string) {
	if !o.app.options.loopback || o.app.options.program == "" {
		return
	}
	if strings.Contains(text, strings.TrimLeft(bindDial, "-")) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.complains[who] = true
	}
}

// ended looks into the end of a node that no command asked for: all that it has printed
// was read.
func (o *nodeOutput) ended(n cluster.Node) {
	if tail := o.tails[n.Name]; tail != nil {
		tail.Show(o.app.screen, n.Name)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.complains[n.Name] {
		return
	}
	select {
	case o.app.broken <- fmt.Errorf("program %s seems not to know %s, by which --loopback keeps nodes apart: start it without --loopback", o.app.options.program, bindDial):
	default: // one is enough
	}
}
