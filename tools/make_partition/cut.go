package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ringmend/ringmend/tools/make_partition/firewall"
	"github.com/ringmend/ringmend/tools/make_partition/format"
	"github.com/ringmend/ringmend/tools/make_partition/gate"
	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/routes"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// cut finds the nodes and writes, and with --apply makes, the cut.
func (p *program) cut(ctx context.Context) error {
	spec, err := p.spec()
	if err != nil {
		return err
	}
	if err := spec.Check(); err != nil {
		return err
	}
	universe, table, err := p.universe(ctx)
	if err != nil {
		return err
	}
	split, err := p.resolve(spec, universe)
	if err != nil {
		return err
	}
	if p.compat {
		return p.writeCompat(spec, table)
	}
	if p.format == routeFormat {
		text, err := routes.Script(split, p.reach(), p.heal)
		if err != nil {
			return err
		}
		return p.write(text)
	}
	if p.apply {
		return p.applyCut(ctx, split, table)
	}
	plan, err := rules.Make(split, table, p.ruleOptions())
	if err != nil {
		return err
	}
	text, err := format.Cut(p.printed(), plan)
	if err != nil {
		return err
	}
	p.warn(p.printed(), text)
	p.notes(plan)
	return p.write(text)
}

func (p *program) ruleOptions() rules.Options {
	return rules.Options{By: ways[p.by], New: policies[p.newPolicy], Since: p.now()}
}

// warn warns of so many rules that a machine is busy with nothing but matching them.
func (p *program) warn(name, text string) {
	lines := strings.Count(text, "\n")
	if name == format.NFT || lines <= rules.Heavy {
		return
	}
	p.say("Warning: %d lines of rules, and each packet is tried against one after the other: more than %d slow a machine down until nodes do not answer.", lines, rules.Heavy)
	if p.platform == "linux" {
		p.say("  --format nft has one rule for all connections. --scan --apply loads that where nft is installed, and asks about new connections of up to %d nodes.", gate.MaxNodes)
	}
	p.say("  Nodes with an address each (tick-cluster --loopback, testpop --bind-dial) need a few rules each.")
}

func (p *program) writeCompat(spec partition.Spec, table sockets.Table) error {
	text, err := rules.Compat(spec.Parts, table, p.platform == "darwin")
	if err != nil {
		return err
	}
	p.warn("", text)
	return p.write(text)
}

func (p *program) notes(plan *rules.Plan) {
	for _, note := range plan.Notes {
		p.say("Note: %s.", note)
	}
}

// mend removes all cuts of this machine. Having none is not an error: the result is
// the same.
func (p *program) mend(ctx context.Context) error {
	f := firewall.New(firewall.Options{Backend: p.backend})
	cuts, err := f.Status(ctx)
	if err != nil {
		return err
	}
	if len(cuts) == 0 {
		p.say("Nothing to mend.")
		return nil
	}
	var errs []error
	for _, c := range cuts {
		if err := p.write(fmt.Sprintf("# %s\n%s", c.Where, c.Heal())); err != nil {
			errs = append(errs, err)
		}
	}
	// What cannot be shown is mended all the same.
	errs = append(errs, f.Mend(context.WithoutCancel(ctx), cuts))
	if err := errors.Join(errs...); err != nil {
		return err
	}
	p.say("The cut is mended.")
	return nil
}
