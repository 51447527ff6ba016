package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/docpage"
)

// options are those of the command line.
type options struct {
	programs      []string
	only          string
	scale         int
	wait, slow    time.Duration
	calm, settle  time.Duration
	results, page string
}

func main() {
	p := cli.Program{Name: "hostile", Flags: new(options).flags()}
	os.Exit(p.Main("Error:", os.Args[1:], os.Stdout, os.Stderr, run))
}

func (o *options) flags() *pflag.FlagSet {
	fs := pflag.NewFlagSet("hostile", pflag.ContinueOnError)
	fs.StringSliceVar(&o.programs, "programs", slices.Clone(programs), "whom to attack")
	fs.StringVar(&o.only, "only", "", "only inputs whose group or name contains this")
	fs.IntVar(&o.scale, "scale", 100, "size of floods in percent")
	fs.DurationVar(&o.wait, "wait", 3*time.Second, "how long the sender waits for an answer")
	fs.DurationVar(&o.slow, "slow", 20*time.Second, "how long a slow sender waits for the end of its connection")
	fs.DurationVar(&o.calm, "calm", time.Second, "how long a node is left alone before it is looked at again")
	fs.DurationVar(&o.settle, "settle", 4*time.Second, "how long a node may take to be as before")
	fs.StringVar(&o.results, "results", "", "keep the results in this file, beside those that are there and are not tried again")
	fs.StringVar(&o.page, "write", "", "write all results as a table into this page, between its comments")
	cli.AddVersion(fs)
	return fs
}

func run(args []string, out io.Writer) error {
	o := new(options)
	fs := o.flags()
	fs.SetOutput(out)
	if err := fs.Parse(args); err != nil {
		return cli.Usage(err)
	}
	if err := o.check(fs.Args()); err != nil {
		return cli.Usage(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return o.run(ctx, out)
}

func (o *options) check(rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("unexpected argument %q", rest[0])
	}
	for _, p := range o.programs {
		if packages[p] == "" {
			return fmt.Errorf("no program %q: there are %s, %s and %s", p, ours, ringpopGo, memberlist)
		}
	}
	if o.scale < 1 || o.scale > 100 || o.wait <= 0 || o.slow <= 0 || o.calm < 0 || o.settle <= 0 {
		return errors.New("--scale is from 1 to 100, times are more than 0")
	}
	return nil
}

// chosen returns the inputs of --only.
func (o *options) chosen() []input {
	return slices.DeleteFunc(inputs(), func(in input) bool {
		return !strings.Contains(in.name, o.only) && !strings.Contains(string(in.group), o.only)
	})
}

func (o *options) run(ctx context.Context, out io.Writer) error {
	dir, err := os.MkdirTemp("", "hostile")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	list := o.chosen()
	all := make(verdicts)
	for _, program := range o.programs {
		if err := rig.Build(ctx, dir, map[string]string{program: packages[program]}); err != nil {
			return err
		}
		results, err := tries(ctx, o, dir, program, list, out)
		for i := range results {
			r := &results[i]
			all.add(program, key(r.input), verdict{Damage: r.damage(), Words: r.words(), Power: r.input.group == powers})
		}
		if err := errors.Join(err, o.keep(all)); err != nil {
			return err
		}
	}
	fmt.Fprint(out, all.summary())
	if o.page != "" {
		return docpage.Write(o.page, "make hostile", all.table())
	}
	return nil
}

// keep writes the results so far, beside those of earlier runs.
func (o *options) keep(all verdicts) error {
	if o.results == "" {
		return nil
	}
	if err := all.read(o.results); err != nil {
		return err
	}
	all.forget()
	return all.write(o.results)
}
