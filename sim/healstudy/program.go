package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/ringmend/ringmend/sim"
	"github.com/ringmend/ringmend/sim/internal/cli"
	"github.com/ringmend/ringmend/sim/script"
)

// program is one execution of healstudy.
type program struct {
	*cli.Session
	opts  *options
	study study
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
	scripts, shapes, err := o.scripts()
	if err != nil {
		return err
	}
	what := func(s *script.Script) string {
		return fmt.Sprintf("%s, %d nodes, %s", shapes[s], s.Nodes, s.Rules)
	}
	stopped, err := p.Play(scripts, o.Parallel, sim.Options{Linger: linger}, what, func(r *sim.Result) bool {
		p.add(shapes[r.Script], r)
		return true
	})
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
	if stopped != nil {
		return stopped
	}
	return p.verdict()
}

// scripts returns all runs, and of which shape each is. Shapes that need more nodes than
// a size has are left out for it.
func (o *options) scripts() (scripts []*script.Script, shapes map[*script.Script]string, err error) {
	shapes = make(map[*script.Script]string)
	for i, nodes := range o.nodes {
		for _, shape := range script.Shapes() {
			if !slices.Contains(o.shapes, shape.Name) || nodes < shape.MinNodes {
				continue
			}
			for _, rules := range o.rules {
				for n := range o.runs[i] {
					s, err := shape.Script(nodes, o.Seed+uint64(n))
					if err != nil {
						return nil, nil, err
					}
					s.Rules = rules
					scripts = append(scripts, s)
					shapes[s] = shape.Name
				}
			}
		}
	}
	return scripts, shapes, nil
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
			_, err = p.Out.Write(text)
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
