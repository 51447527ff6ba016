package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ringmend/ringmend/tools/make_partition/firewall"
	"github.com/ringmend/ringmend/tools/make_partition/format"
	"github.com/ringmend/ringmend/tools/make_partition/gate"
	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// applyCut shows the rules and loads them. It returns when they are loaded or,
// when the cut is for a time or needs this program, when it is mended.
func (p *program) applyCut(ctx context.Context, split *partition.Split, table sockets.Table) error {
	f := firewall.New(firewall.Options{Backend: p.backend})
	plan, loads, err := p.choose(f, split, table)
	if err != nil {
		return err
	}
	if err := f.Check(ctx); err != nil {
		return err
	}
	var decide *gate.Gate
	if plan.Asks() {
		if decide, err = gate.Open(split); err != nil {
			return fmt.Errorf("%w (--new refuse does without)", err)
		}
		defer decide.Close()
	}
	var text strings.Builder
	for _, l := range loads {
		part, err := format.Cut(l.Format, l.Plan)
		if err != nil {
			return err
		}
		p.warn(l.Format, part)
		text.WriteString(part)
	}
	p.notes(plan)
	if err := p.write(text.String()); err != nil {
		return err
	}
	// A signal must not leave half a cut: it is heard when the cut is made, and
	// mends it.
	if err := f.CutAll(context.WithoutCancel(ctx), loads); err != nil {
		return err
	}
	if p.during == 0 && decide == nil && ctx.Err() == nil {
		p.say("The cut is made. To mend it: make_partition --heal --apply")
		return nil
	}
	return p.holdAndMend(ctx, f, decide)
}

// choose makes the plan and picks how to load it. New connections between nodes that
// share an address are asked about where that is possible, unless --new says
// otherwise or they are too many.
func (p *program) choose(f *firewall.Firewall, split *partition.Split, table sockets.Table) (*rules.Plan, []firewall.Load, error) {
	options := p.ruleOptions()
	few := len(split.Nodes) <= gate.MaxNodes
	switch {
	case p.newPolicy == "" && f.CanAsk() && few && (p.format == "" || p.format == format.Restore):
		options.New = rules.AskNew
	case options.New == rules.AskNew && !few:
		p.say("Warning: %d nodes: asking about new connections is for %d at most, more of them wait for answers until they give each other up.", len(split.Nodes), gate.MaxNodes)
	}
	plan, err := rules.Make(split, table, options)
	if err != nil {
		return nil, nil, err
	}
	if p.format != "" {
		return plan, []firewall.Load{{Format: p.format, Plan: plan}}, nil
	}
	loads, err := f.Loads(plan)
	return plan, loads, err
}

// holdAndMend waits for the end of the cut, which a signal brings on, and decides
// about new connections meanwhile.
func (p *program) holdAndMend(ctx context.Context, f *firewall.Firewall, decide *gate.Gate) error {
	start := time.Now()
	ending, end := context.WithCancel(ctx)
	defer end()
	lasts := "until it is interrupted"
	if p.during > 0 {
		lasts = fmt.Sprintf("for %s, or until it is interrupted", p.during)
		ending, end = context.WithTimeout(ctx, p.during)
		defer end()
	}
	p.say("The cut is made, and lasts while this runs: %s.", lasts)
	var err error
	if decide != nil {
		err = decide.Run(ending)
	} else {
		<-ending.Done()
	}
	if _, mendErr := f.MendAll(context.WithoutCancel(ctx)); mendErr != nil {
		return errors.Join(err, fmt.Errorf("%w (try again with: make_partition --heal --apply)", mendErr))
	}
	why := "as planned"
	switch {
	case ctx.Err() != nil:
		why = "because of " + context.Cause(ctx).Error()
	case err != nil:
		why = "because of an error"
	}
	p.say("The cut is mended, after %s, %s.", time.Since(start).Round(time.Millisecond), why)
	return err
}
