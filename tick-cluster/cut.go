package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
	"github.com/ringmend/ringmend/tick-cluster/internal/cutter"
	"github.com/ringmend/ringmend/tick-cluster/internal/namelist"
	"github.com/ringmend/ringmend/tick-cluster/internal/record"
)

// cut cuts the cluster into parts.
func (a *app) cut(parts []string) error {
	result, err := a.cutter.Cut(a.ctx, a.toCut(), parts)
	if err != nil {
		return err
	}
	a.recorder.Write(record.Line{Kind: record.Cut, Parts: result.Sides, Text: result.Where})
	var sides []string
	for _, side := range result.Sides {
		sides = append(sides, "["+namelist.Of(side)+"]")
	}
	a.screen.Log(cluster.All, "cut %s by %d rules in %s%s", strings.Join(sides, " from "), result.Rules, result.Where, a.ofWhom())
	if len(result.Others) > 0 {
		a.screen.Log(cluster.All, "in no part, so in touch with all: %s", namelist.Of(result.Others))
	}
	for _, note := range result.Notes {
		a.screen.Log(cluster.All, "note: %s", note)
	}
	return nil
}

// ofWhom says whose firewall has the rules.
func (a *app) ofWhom() string {
	if a.options.netns {
		return ""
	}
	return " of this machine"
}

// toCut returns the nodes as parts can name them.
func (a *app) toCut() []cutter.Node {
	var nodes []cutter.Node
	status := a.cluster.Status()
	for i, n := range a.named() {
		nodes = append(nodes, cutter.Node{Node: n, PID: status[i].PID})
	}
	return nodes
}

// mend removes the cut. Having none is not an error: the result is the same.
func (a *app) mend() error {
	where, lasted, err := a.cutter.Mend(a.ctx)
	if err != nil {
		return err
	}
	if len(where) == 0 {
		a.screen.Log(cluster.All, "nothing to mend")
		return nil
	}
	a.mended(strings.Join(where, ", "), lasted)
	return nil
}

func (a *app) mended(where string, lasted time.Duration) {
	a.recorder.Write(record.Line{Kind: record.Mend, Text: where})
	after := ""
	if lasted > 0 {
		after = fmt.Sprintf(" after %v", lasted.Round(time.Millisecond))
	}
	a.screen.Log(cluster.All, "mended%s: no rules left in %s%s", after, where, a.ofWhom())
}

func (a *app) mendInTheEnd() error {
	where, lasted, err := a.cutter.Close()
	if err != nil {
		return err
	}
	if where != "" {
		a.mended(where, lasted)
	}
	return nil
}
