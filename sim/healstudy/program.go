package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/ringmend/ringmend/sim"
	"github.com/ringmend/ringmend/sim/internal/cli"
	"github.com/ringmend/ringmend/sim/script"
)

// program is one execution of healstudy.
type program struct {
	out      io.Writer
	progress io.Writer
	stop     context.Context // ends the program early, with what there is so far
	opts     *options
	study    study
	pace     *cli.Progress
}

func (p *program) run(args []string) error {
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	if o.help {
		_, err := io.WriteString(p.out, usage())
		return err
	}
	p.opts, p.pace = o, cli.NewProgress(p.progress, 5*time.Second)
	jobs, err := o.jobs()
	if err != nil {
		return err
	}
	cli.UseMemory(slices.Max(o.nodes))
	played, err := p.play(jobs)
	if err != nil {
		return err
	}
	for _, file := range o.with {
		if err := p.study.read(file); err != nil {
			return err
		}
	}
	if len(p.study.Cells) == 0 {
		return errors.New("there is nothing to tell of")
	}
	if err := p.write(); err != nil {
		return err
	}
	if played < len(jobs) {
		return fmt.Errorf("stopped after %d of %d runs", played, len(jobs))
	}
	return p.verdict()
}

// job is a run to be made.
type job struct {
	shape  string
	script *script.Script
}

// jobs returns all runs. Shapes that need more nodes than a size has are left out
// for it.
func (o *options) jobs() ([]job, error) {
	var jobs []job
	for i, nodes := range o.nodes {
		for _, shape := range script.Shapes() {
			if !slices.Contains(o.shapes, shape.Name) || nodes < shape.MinNodes {
				continue
			}
			for _, rules := range o.rules {
				for n := range o.runs[i] {
					s, err := shape.Script(nodes, o.seed+uint64(n))
					if err != nil {
						return nil, err
					}
					s.Rules = rules
					jobs = append(jobs, job{shape.Name, s})
				}
			}
		}
	}
	return jobs, nil
}

// play makes all runs and returns how many there were: fewer when stopped.
func (p *program) play(jobs []job) (played int, err error) {
	scripts := make([]*script.Script, len(jobs))
	places := make(map[*script.Script]int, len(jobs))
	for i := range jobs {
		scripts[i] = jobs[i].script
		places[jobs[i].script] = i
	}
	watch := func(s *script.Script, now time.Duration) {
		i := places[s]
		p.pace.Tell("run %d of %d: %s, %d nodes, %s, at %v", i+1, len(jobs), jobs[i].shape, s.Nodes, s.Rules, now.Round(time.Second))
	}
	err = sim.RunAll(scripts, p.opts.parallel, sim.Options{Linger: linger, Watch: watch}, func(i int, r *sim.Result) bool {
		played++
		p.add(jobs[i].shape, r)
		return p.stop.Err() == nil
	})
	return played, err
}

func (p *program) add(shape string, r *sim.Result) {
	c := p.study.find(shape, r.Script.Nodes, r.Script.Rules)
	if c == nil {
		p.study.Cells = append(p.study.Cells, cell{Shape: shape, Nodes: r.Script.Nodes, Rules: r.Script.Rules})
		c = &p.study.Cells[len(p.study.Cells)-1]
	}
	c.Runs = append(c.Runs, condense(r))
}

// write writes what was asked for.
func (p *program) write() error {
	outputs := []struct {
		file   string
		render func(*study) ([]byte, error)
	}{
		{p.opts.json, func(s *study) ([]byte, error) {
			text, err := json.MarshalIndent(s, "", " ")
			return append(text, '\n'), err
		}},
		{p.opts.svg, chart},
		{p.opts.markdown, func(s *study) ([]byte, error) {
			var b bytes.Buffer
			s.markdown(&b)
			return b.Bytes(), nil
		}},
	}
	for _, o := range outputs {
		if o.file == "" {
			continue
		}
		text, err := o.render(&p.study)
		if err != nil {
			return err
		}
		if o.file == "-" {
			_, err = p.out.Write(text)
		} else {
			err = os.WriteFile(o.file, text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// verdict returns an error if an invariant did not hold by our rules, with what
// it takes to see it again.
func (p *program) verdict() error {
	var errs []error
	for i := range p.study.Cells {
		c := &p.study.Cells[i]
		for j := range c.Runs {
			if r := &c.Runs[j]; c.Rules == script.RulesRingmend && r.Violation != "" {
				errs = append(errs, fmt.Errorf("%s, %d nodes, seed %d: %s", c.Shape, c.Nodes, r.Seed, r.Violation))
			}
		}
	}
	return errors.Join(errs...)
}
