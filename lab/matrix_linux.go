package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/run"
)

func (p *program) matrixCommand() *cobra.Command {
	var o matrixOptions
	var list bool
	cmd := &cobra.Command{
		Use: "matrix FILE", Short: "Make many runs, and go on where it was stopped", Long: "Makes a run for each combination of what a file lists.\n\n" + matrixHelp,
		Args: exactly(1, "a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := readFile(args[0], parseMatrix)
			if err != nil {
				return usagef("%w", err)
			}
			runs, err := m.runs()
			if err != nil {
				return usagef("%s: %w", args[0], err)
			}
			if list {
				for _, r := range runs {
					fmt.Fprintln(p.stdout, r.name)
				}
				return nil
			}
			if o.parallel < 1 || o.parallel > maxParallel {
				return usagef("--parallel is %d, it must be from 1 to %d", o.parallel, maxParallel)
			}
			if o.location == "" {
				o.location = filepath.Join("results", strings.TrimSuffix(filepath.Base(args[0]), filepath.Ext(args[0])))
			}
			return p.matrix(cmd, runs, args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.location, "result-location", "", "`DIR` for the results (default results/ and the file's name)")
	f.IntVar(&o.parallel, "parallel", 1, "`N` runs at a time; they share the CPUs, and are void when these do not suffice")
	f.BoolVar(&list, "list", false, "list the runs, and make none")
	f.BoolVar(&o.json, "json", false, "print a JSON object a line for each run")
	f.BoolVar(&o.quiet, "quiet", false, "no progress line")
	return cmd
}

// matrix makes the runs that are not finished. One that fails does not keep the others
// from being made.
func (p *program) matrix(cmd *cobra.Command, runs []planned, file string, o matrixOptions) error {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(cmd.Context(), endings...)
	defer stop()
	if err := sameMatrix(file, o.location); err != nil {
		return err
	}
	b := &batch{p: p, runs: runs, options: o}
	var workers sync.WaitGroup
	for range o.parallel {
		workers.Go(func() {
			runtime.LockOSThread() // a run ends with the thread that has started it
			b.work(ctx)
		})
	}
	workers.Wait()
	switch {
	case b.failed != nil:
		return b.failed
	case ctx.Err() != nil:
		return fmt.Errorf("stopped with %d of %d runs made; the same command goes on: %w", b.made, len(runs), run.ErrInterrupted)
	case b.failures > 0:
		return fmt.Errorf("%d of %d runs could not be made", b.failures, len(runs))
	}
	if !o.json {
		fmt.Fprintf(p.stdout, "%d runs in %s\n", len(runs), o.location)
	}
	return nil
}

type matrixOptions struct {
	location    string
	parallel    int
	json, quiet bool
}

// maxParallel bounds the runs at a time, which share the machine.
const maxParallel = 64

// batch is the runs of a matrix while they are made.
type batch struct {
	p       *program
	runs    []planned
	options matrixOptions

	mu       sync.Mutex
	next     int
	made     int   // now or earlier
	failures int   // runs that could not be made
	failed   error // what ends the whole
}

// take returns the next run, false when there is none or nothing more is to be done.
func (b *batch) take() (int, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == len(b.runs) || b.failed != nil {
		return 0, false
	}
	b.next++
	return b.next - 1, true
}

// work makes runs until there are no more.
func (b *batch) work(ctx context.Context) {
	for ctx.Err() == nil {
		i, more := b.take()
		if !more {
			return
		}
		dir := filepath.Join(b.options.location, b.runs[i].name)
		if finished(dir) {
			b.done(func() error { return nil })
			continue
		}
		began := time.Now()
		err := b.make(ctx, i, dir)
		if ctx.Err() != nil {
			return
		}
		b.done(func() error {
			if err != nil {
				b.failures++
			}
			return b.p.tellRun(b.runs[i], dir, i, len(b.runs), time.Since(began), err, b.options.json)
		})
	}
}

// done counts a run, and tells of it, one at a time.
func (b *batch) done(tell func() error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.made++
	b.failed = errors.Join(b.failed, tell())
}

func (b *batch) make(ctx context.Context, i int, dir string) error {
	if err := os.RemoveAll(dir); err != nil { // it was not finished
		return err
	}
	progress := newProgress(b.p.stderr, b.options.quiet)
	progress.terminal = progress.terminal && b.options.parallel == 1 // several cannot share a line
	progress.prefix = fmt.Sprintf("run %d of %d, %s: ", i+1, len(b.runs), b.runs[i].name)
	defer progress.end()
	_, err := makeRun(ctx, b.runs[i].config, dir, progress)
	return err
}

// finished reports whether there are results of a whole run, on a machine that had time for it.
func finished(dir string) bool {
	if !exists(filepath.Join(dir, result.SummaryFile)) {
		return false
	}
	r, err := result.Load(dir)
	if err != nil || r.Summary.Verdict == result.Interrupted {
		return false
	}
	if late := r.Summary.Lateness; late != nil && r.Summary.Verdict == result.Void {
		busy, _ := late.Busy(r.Config)
		return !busy
	}
	return true
}

func (p *program) tellRun(planned planned, dir string, i, of int, took time.Duration, failure error, asJSON bool) error {
	verdict, why := "error", ""
	answered := 0.0
	if failure != nil {
		why = failure.Error()
	} else {
		r, err := result.Load(dir)
		if err != nil {
			return err
		}
		verdict, why = r.Summary.Verdict, strings.Join(r.Summary.Why, "; ")
		if phase := r.Summary.Phase("during"); phase != nil {
			answered = phase.Answered
		}
	}
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(map[string]any{"run": planned.name, "dir": dir, "verdict": verdict, "why": why, "answeredDuring": answered})
	}
	_, err := fmt.Fprintf(p.stdout, "%d/%d %s: %s, %.1f %% answered during the fault, %.0f s %s\n", i+1, of, planned.name, verdict, answered, took.Seconds(), why)
	return err
}

// sameMatrix keeps the file beside its results, and results of another one apart.
func sameMatrix(file, location string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(location, 0o755); err != nil {
		return err
	}
	kept := filepath.Join(location, "matrix.txt")
	before, err := os.ReadFile(kept)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return os.WriteFile(kept, text, 0o644)
	case err != nil:
		return err
	case string(before) != string(text):
		return fmt.Errorf("%s has results of another matrix, see %s", location, kept)
	}
	return nil
}
