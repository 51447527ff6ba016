package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ringmend/ringmend/sim"
	"github.com/ringmend/ringmend/sim/check"
	"github.com/ringmend/ringmend/sim/internal/cli"
	"github.com/ringmend/ringmend/sim/report"
	"github.com/ringmend/ringmend/sim/script"
)

// errViolated is returned when an invariant did not hold, which was told already.
var errViolated = fmt.Errorf("an invariant is violated: %w", cli.ErrReported)

// program is one execution of ringsim.
type program struct {
	*cli.Session
	opts *options
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
	p.opts = o
	scripts, err := o.scripts()
	if err != nil {
		return err
	}
	if o.script != "" {
		o.nodes, o.Seed = fmt.Sprint(scripts[0].Nodes), scripts[0].Seed
	}
	if o.compare != "" {
		return p.compare(scripts)
	}
	return p.check(scripts)
}

// check plays scripts and tells whether all invariants held.
func (p *program) check(scripts []*script.Script) error {
	summary, worst, stopped, err := p.play(scripts)
	if err != nil {
		return err
	}
	if err := p.print(summary); err != nil {
		return err
	}
	if p.opts.html != "" {
		if err := p.writeReport(worst); err != nil {
			return err
		}
	}
	if len(summary.Violations) == 0 {
		return stopped
	}
	if p.opts.shrink {
		if err := p.shrink(worst.Script); err != nil {
			return err
		}
	}
	return errViolated
}

// play plays scripts until one violates an invariant, and returns the first such
// or else the one that took longest.
func (p *program) play(scripts []*script.Script) (summary *sim.Summary, worst *sim.Result, stopped, err error) {
	summary = sim.NewSummary()
	o := sim.Options{Verify: p.opts.verify}
	if p.opts.trace != "" {
		f, err := os.Create(p.opts.trace)
		if err != nil {
			return nil, nil, nil, err
		}
		defer f.Close()
		o.Trace = f
	}
	stopped, err = p.Play(scripts, p.opts.Parallel, o, seedAndSize, func(r *sim.Result) bool {
		summary.Add(r)
		if worst == nil || worst.Violation == nil && (r.Violation != nil || r.SettleTime > worst.SettleTime) {
			worst = r
		}
		if v := r.Violation; v != nil {
			fmt.Fprintf(p.Messages, "seed %d, %d nodes: %v\n", v.Seed, r.Script.Nodes, v)
		}
		return r.Violation == nil || p.opts.goOn
	})
	return summary, worst, stopped, err
}

// seedAndSize is what a run is called.
func seedAndSize(s *script.Script) string { return fmt.Sprintf("seed %d, %d nodes", s.Seed, s.Nodes) }

// outcome is what --json prints.
type outcome struct {
	Scenario   string      `json:"scenario"`
	Nodes      string      `json:"nodes"`
	Rules      string      `json:"rules"`
	Seed       uint64      `json:"seed"`
	Runs       int         `json:"runs"`
	TraceHash  string      `json:"trace_hash"`
	Virtual    float64     `json:"virtual_seconds"`
	Events     uint64      `json:"events"`
	Wall       float64     `json:"wall_seconds"`
	Violations []violation `json:"violations"`
	Figures    []sim.Row   `json:"figures"`
}

type violation struct {
	Invariant string  `json:"invariant"`
	Words     string  `json:"words"`
	What      string  `json:"what"`
	Seed      uint64  `json:"seed"`
	Step      uint64  `json:"step"`
	At        float64 `json:"at_seconds"`
}

func (p *program) print(s *sim.Summary) error {
	if p.opts.json {
		return p.printJSON(s)
	}
	wall := p.Elapsed()
	fmt.Fprintf(p.Out, "%s, %s nodes, %d runs from seed %d: %.0f s of clusters, %d events in %.1f s; trace %016x\n",
		p.what(), p.opts.nodes, s.Runs, p.opts.Seed, s.Virtual.Seconds(), s.Events, wall.Seconds(), s.TraceHash)
	printTable(p.Out, s.Rows())
	for i, v := range s.Violations {
		if i == maxReports {
			fmt.Fprintf(p.Out, "\nand %d more\n", len(s.Violations)-i)
			break
		}
		fmt.Fprintf(p.Out, "\n%s", v.Report())
	}
	if len(s.Violations) == 0 {
		fmt.Fprintf(p.Out, "all %d invariants held\n", len(check.Invariants()))
	}
	return nil
}

// maxReports is how many violations are told in full.
const maxReports = 10

func (p *program) what() string {
	if p.opts.script != "" {
		return p.opts.script
	}
	return p.opts.scenario
}

func (p *program) printJSON(s *sim.Summary) error {
	o := outcome{
		Scenario: p.what(), Nodes: p.opts.nodes, Rules: p.opts.rules, Seed: p.opts.Seed, Runs: s.Runs,
		TraceHash: fmt.Sprintf("%016x", s.TraceHash), Virtual: s.Virtual.Seconds(), Events: s.Events,
		Wall: p.Elapsed().Seconds(), Violations: []violation{}, Figures: s.Rows(),
	}
	for _, v := range s.Violations {
		o.Violations = append(o.Violations, violation{v.Invariant, v.Words, v.What, v.Seed, v.Step, v.At.Seconds()})
	}
	encoder := json.NewEncoder(p.Out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(o)
}

func printTable(w io.Writer, rows []sim.Row) {
	fmt.Fprintf(w, "%-36s %8s %12s %12s %12s\n", "", "values", "median", "p99", "max")
	for _, r := range rows {
		fmt.Fprintf(w, "%-36s %8d %12s %12s %12s\n", strings.TrimSpace(r.Name+" "+r.Unit), r.Count, number(r.Median), number(r.P99), number(r.Max))
	}
}

// number prints a figure with as many digits as it deserves.
func number(v float64) string {
	switch {
	case v == float64(int64(v)):
		return fmt.Sprintf("%.0f", v)
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// writeReport plays a run again, with everything kept that charts need.
func (p *program) writeReport(r *sim.Result) error {
	again, err := sim.Run(r.Script, sim.Options{Record: true})
	if err != nil {
		return err
	}
	if again.TraceHash != r.TraceHash {
		return fmt.Errorf("seed %d, played again for the report, has the trace %016x, not %016x", r.Script.Seed, again.TraceHash, r.TraceHash)
	}
	fmt.Fprintf(p.Messages, "%s is about seed %d, trace %016x\n", p.opts.html, r.Script.Seed, r.TraceHash)
	f, err := os.Create(p.opts.html)
	if err != nil {
		return err
	}
	return errors.Join(report.Write(f, again), f.Close())
}

// shrinkBudget is how many runs shrinking may take.
const shrinkBudget = 500

func (p *program) shrink(s *script.Script) error {
	short, err := sim.Shrink(s, shrinkBudget, func(s *script.Script) {
		p.Tell("shrinking: %d nodes, %d steps", s.Nodes, len(s.Steps))
	})
	if err != nil {
		return err
	}
	r, err := sim.Run(short, sim.Options{Verify: true})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Messages, "a short script that does it, with its outcome, as it is kept in sim/testdata:\n")
	_, err = fmt.Fprintf(p.Out, "\nrun\n%s----\n%s", short, sim.Outcome(r))
	return err
}
