package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/ringmend/ringmend/internal/docpage"
)

// formatVersion is that of the JSON.
const formatVersion = 1

// study is all that was measured.
type study struct {
	Version int       `json:"version"`
	Machine string    `json:"machine"`
	Began   time.Time `json:"began"`
	Floors  Floors    `json:"floors"`
	Samples []sample  `json:"samples"`
}

// sample is one measurement of one cluster.
type sample struct {
	Kind    string             `json:"kind"`
	Program string             `json:"program"`
	Nodes   int                `json:"nodes"`
	Run     int                `json:"run"`
	Load    float64            `json:"load"` // of the machine before it, over a minute; 0: unknown
	Figures map[string]float64 `json:"figures"`
	Failed  string             `json:"failed,omitempty"` // why figures are missing
}

// run is the program.
func run(stop context.Context, args []string, out io.Writer) error {
	if done, err := completion().Early(args, os.Stdout, os.Stderr); done || err != nil {
		return err
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	switch {
	case o.help:
		_, err := io.WriteString(out, usage())
		return err
	case o.measure:
		return measureOnce(stop, o, out)
	}
	s, err := o.measured(stop)
	if err == nil || len(s.Samples) > 0 {
		err = errors.Join(err, o.write(s, out))
	}
	return err
}

// measured returns what is measured now, or what was and is to be shown again.
func (o *options) measured(stop context.Context) (*study, error) {
	if o.from == "" {
		return o.study(stop, os.Stderr)
	}
	s := new(study)
	data, err := os.ReadFile(o.from)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(data, s); err != nil {
		return s, fmt.Errorf("%s: %w", o.from, err)
	}
	if s.Version != formatVersion || len(s.Samples) == 0 {
		return new(study), fmt.Errorf("%s: no measurements of version %d", o.from, formatVersion)
	}
	return s, nil
}

// measureOnce makes the one measurement that the options name.
func measureOnce(stop context.Context, o *options, out io.Writer) error {
	s := sample{Kind: together, Program: o.programs[0], Nodes: o.together[0]}
	figures, err := measureTogether(stop, s.Program, s.Nodes, o)
	s.Figures = figures
	if err != nil {
		s.Failed = err.Error()
	}
	return json.NewEncoder(out).Encode(s)
}

// study measures everything. When stopped it returns what there is so far.
func (o *options) study(stop context.Context, progress io.Writer) (*study, error) {
	s := &study{Version: formatVersion, Began: time.Now().UTC().Truncate(time.Second),
		Machine: fmt.Sprintf("%d processors, %s %s/%s", runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)}
	dir, err := os.MkdirTemp("", "ringmend-peers-")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	if len(o.processes) > 0 {
		if err := build(stop, dir, o.programs); err != nil {
			return s, err
		}
	}
	if s.Floors, err = measureFloors(stop, dir, o); err != nil {
		return s, fmt.Errorf("floors: %w", err)
	}
	jobs := o.jobs()
	began := time.Now()
	for i, job := range jobs {
		fmt.Fprintf(progress, "%d of %d%s: %s, %d nodes, %s\n", i+1, len(jobs), remaining(time.Since(began), i, len(jobs)), job.Program, job.Nodes, job.Kind)
		job.Load = load()
		if err := o.measureJob(stop, dir, &job); err != nil {
			job.Failed = err.Error()
		}
		if stop.Err() != nil {
			return s, fmt.Errorf("stopped after %d of %d measurements", i, len(jobs))
		}
		if job.Failed != "" {
			fmt.Fprintf(progress, "  %s\n", job.Failed)
		}
		s.Samples = append(s.Samples, job)
	}
	return s, nil
}

// remaining says about how long the rest takes.
func remaining(spent time.Duration, done, all int) string {
	if done == 0 {
		return ""
	}
	return fmt.Sprintf(" (some %v left)", (spent / time.Duration(done) * time.Duration(all-done)).Round(time.Minute))
}

// jobs are the measurements in the order in which they are made.
func (o *options) jobs() (jobs []sample) {
	for run := range o.runs {
		for _, kind := range []struct {
			name  string
			sizes []int
		}{{together, o.together}, {processes, o.processes}} {
			for _, n := range kind.sizes {
				for _, p := range o.programs {
					jobs = append(jobs, sample{Kind: kind.name, Program: p, Nodes: n, Run: run + 1})
				}
			}
		}
	}
	return jobs
}

func (o *options) measureJob(stop context.Context, dir string, job *sample) (err error) {
	if job.Kind == processes {
		if job.Figures, err = measureProcesses(stop, dir, job.Program, job.Nodes, o); err != nil {
			return err
		}
		return measureBare(stop, dir, job.Program, job.Nodes, o, job.Figures)
	}
	return o.measureApart(stop, job)
}

// measureApart measures a cluster in one process, which is not this one.
func (o *options) measureApart(stop context.Context, job *sample) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	args := []string{"--measure", "--programs", job.Program, "--together", strconv.Itoa(job.Nodes), "--processes", "0",
		"--settle", o.settle.String(), "--rest", o.rest.String(), "--limit", o.limit.String(), "--apart", o.apart.String(), fmt.Sprintf("--crash=%v", o.crash)}
	cmd := exec.CommandContext(stop, self, args...)
	cmd.Env = append(os.Environ(), childVariable+"=1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		const most = 500
		return fmt.Errorf("%w: %.*s", err, most, stderr.String())
	}
	var measured sample
	if err := json.Unmarshal(stdout.Bytes(), &measured); err != nil {
		return fmt.Errorf("the measuring process says %q: %w", stdout.String(), err)
	}
	job.Figures, job.Failed = measured.Figures, measured.Failed
	return nil
}

// childVariable tells a test binary to be this program.
const childVariable = "RINGMEND_BENCH_PEERS"

// write writes what was asked for.
func (o *options) write(s *study, out io.Writer) error {
	outputs := []struct {
		file   string
		render func(io.Writer) error
	}{
		{o.json, func(w io.Writer) error {
			text, err := json.MarshalIndent(s, "", " ")
			if err != nil {
				return err
			}
			_, err = w.Write(append(text, '\n'))
			return err
		}},
		{o.svg, s.chart},
		{o.markdown, s.tables},
	}
	for _, output := range outputs {
		var b bytes.Buffer
		if output.file == "" {
			continue
		}
		if err := output.render(&b); err != nil {
			return err
		}
		if output.file == "-" {
			if _, err := out.Write(b.Bytes()); err != nil {
				return err
			}
		} else if err := os.WriteFile(output.file, b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	if o.page == "" {
		return nil
	}
	var b strings.Builder
	if err := s.tables(&b); err != nil {
		return err
	}
	return docpage.Write(o.page, "make bench-peers", b.String())
}
