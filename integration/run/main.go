package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/integration/vector"
	"github.com/ringmend/ringmend/internal/output"
)

// The exit codes.
const (
	exitOK = iota
	exitFailed
	exitUsage
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	out := output.New(stdout)
	code, err := runVectors(args, out, stderr)
	if err = out.Check(err); err != nil {
		fmt.Fprintf(stderr, "Error: %v\n", err)
		code = max(code, exitFailed)
	}
	return code
}

func runVectors(args []string, stdout, stderr io.Writer) (code int, err error) {
	if done, err := completion().Early(args, stdout, stderr); done && err == nil {
		return exitOK, nil
	} else if err != nil {
		fmt.Fprintf(stderr, "Error: %v (see --help)\n", err)
		return exitUsage, nil
	}
	o, err := parse(args, stdout)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return exitOK, nil
	case err != nil:
		return exitUsage, fmt.Errorf("%w (see --help)", err)
	case o.list:
		list(stdout, o.run.Vectors)
		return exitOK, nil
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := newProgress(stderr, o.verbose)
	o.run.Progress = p.show
	results := vector.Run(ctx, &o.run)
	p.end()
	if slices.ContainsFunc(results, (*vector.Result).Bad) {
		code = exitFailed
	}
	return code, report(o, results, stdout)
}

func list(w io.Writer, vectors []*vector.Vector) {
	for _, v := range vectors {
		fmt.Fprintf(w, "%-10s %-40s %s\n", v.Area, v.Name, v.About)
	}
}

func report(o *options, results []*vector.Result, stdout io.Writer) error {
	if err := vector.WriteTable(stdout, results); err != nil {
		return err
	}
	return errors.Join(
		toFile(o.junit, results, vector.WriteJUnit),
		toFile(o.json, results, vector.WriteJSON),
	)
}

// toFile writes the results to a file, if one is named.
func toFile(name string, results []*vector.Result, write func(io.Writer, []*vector.Result) error) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f, results), f.Close())
}
