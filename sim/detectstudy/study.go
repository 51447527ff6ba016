package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ringmend/ringmend/sim"
	"github.com/ringmend/ringmend/sim/internal/cli"
	"github.com/ringmend/ringmend/sim/script"
)

// program is one execution of detectstudy.
type program struct {
	*cli.Session
}

// outcome is what came of one run, or of several.
type outcome struct {
	known    []float64 // seconds until all that live hold a lost node faulty, one for each
	never    bool      // not all of them did
	declared int       // how often a node that is well was declared faulty by one
	accused  int       // and how often another one came to believe that
	runs     int
}

func (o *outcome) add(one outcome) {
	o.known = append(o.known, one.known...)
	o.never = o.never || one.never
	o.declared += one.declared
	o.accused += one.accused
	o.runs++
}

// rules are what is compared.
var rules = []struct{ title, name string }{
	{"adaptive", script.RulesRingmend},
	{"fixed times", script.RulesRingmend + "+" + script.FixedDetection},
	{"Ringpop's rules", script.RulesRingpop},
	{"memberlist's", modelled},
}

// modelled are the rules that package memberlist models.
const modelled = "memberlist"

// errStopped is returned when a signal ends the study before the simulator's runs.
var errStopped = errors.New("stopped while memberlist's rules were played")

// row is a situation, with what came of it by each of the rules.
type row struct {
	situation
	outcomes []outcome
}

func (p *program) run(args []string) error {
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	if o.Help {
		_, err := io.WriteString(p.Out, usage())
		return err
	}
	going, stopping := situations(o)
	gone, err := p.play(o, going)
	if err != nil {
		return err
	}
	well, err := p.play(o, stopping)
	if err != nil {
		return err
	}
	if o.svg != "" {
		svg, err := chart(gone)
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.svg, svg, 0o644); err != nil {
			return err
		}
	}
	return show(p.Out, gone, well)
}

// play plays situations by all rules.
func (p *program) play(o *options, list []situation) ([]row, error) {
	rows := make([]row, len(list))
	var scripts []*script.Script
	of := make(map[*script.Script]*outcome)
	for i, s := range list {
		rows[i] = row{s, make([]outcome, len(rules))}
		for j, r := range rules {
			for n := range o.runs {
				seed := o.Seed + uint64(n)
				if r.name == modelled {
					if p.Stop.Err() != nil {
						return nil, errStopped
					}
					p.Tell("%d nodes, %s", s.nodes, r.name)
					rows[i].outcomes[j].add(s.model(seed))
					continue
				}
				one, err := s.script(seed, r.name)
				if err != nil {
					return nil, err
				}
				scripts = append(scripts, one)
				of[one] = &rows[i].outcomes[j]
			}
		}
	}
	what := func(s *script.Script) string { return fmt.Sprintf("%d nodes, %s", s.Nodes, s.Rules) }
	stopped, err := p.Play(scripts, o.Parallel, sim.Options{}, what, func(r *sim.Result) bool {
		of[r.Script].add(condense(r))
		return true
	})
	if err == nil {
		err = stopped
	}
	return rows, err
}

// condense keeps of a run what is studied. A violation is that a cluster did not become one.
func condense(r *sim.Result) outcome {
	o := outcome{never: r.Violation != nil, declared: r.HealthyDeclared, accused: r.HealthyAccused}
	for _, d := range r.LastDetections {
		o.known = append(o.known, d.Seconds())
	}
	return o
}
