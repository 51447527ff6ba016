package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/internal/cli"
)

type options struct {
	sizes []int
	every []time.Duration
	span  time.Duration
}

func (o *options) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("guardcost", pflag.ContinueOnError)
	f.IntSliceVar(&o.sizes, "members", []int{10, 100, 1000}, "sizes of rings, from 2 to 2000")
	f.DurationSliceVar(&o.every, "every", []time.Duration{time.Second, 5 * time.Second}, "times between looks")
	f.DurationVar(&o.span, "for", 30*time.Second, "how long each guard is measured")
	cli.AddVersion(f)
	return f
}

func main() {
	p := cli.Program{Name: "guardcost", Flags: new(options).flags()}
	os.Exit(p.Main("guardcost:", os.Args[1:], os.Stdout, os.Stderr, run))
}

func run(args []string, out io.Writer) error {
	o := new(options)
	f := o.flags()
	if err := f.Parse(args); err != nil {
		return cli.Usage(err)
	}
	for _, n := range o.sizes {
		if n < 2 || n > 2000 {
			return cli.Usage(fmt.Errorf("a ring of %d, it must be from 2 to 2000", n))
		}
	}
	if f.NArg() > 0 || o.span < time.Second {
		return cli.Usage(errors.New("options that make no sense, see --help"))
	}
	dir, err := os.MkdirTemp("", "ringmend-guardcost-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := rig.Build(context.Background(), dir, map[string]string{"guard": rig.Guard, "node": rig.RingpopGoTestpop}); err != nil {
		return err
	}
	return o.measure(context.Background(), dir, out)
}

func (o *options) measure(ctx context.Context, dir string, out io.Writer) error {
	fmt.Fprintln(out, "| members | --every | looks every | guard: CPU | memory | received | a watched ringpop-go node: CPU | sent |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|")
	for _, n := range o.sizes {
		look, bytes, err := costOfALook(ctx, filepath.Join(dir, "node"), dir, n)
		if err != nil {
			return fmt.Errorf("a node of %d members: %w", n, err)
		}
		ring, err := startRing(n)
		if err != nil {
			return err
		}
		for _, every := range o.every {
			cost, err := o.guard(ctx, filepath.Join(dir, "guard"), ring.addresses[0], every)
			if err != nil {
				ring.close()
				return fmt.Errorf("a guard of %d members: %w", n, err)
			}
			rate := cost.looks / o.span.Seconds() // a second
			fmt.Fprintf(out, "| %d | %v | %.1f s | %.2f %% | %.0f MB | %.0f KB/s | %.3f %% | %.1f KB/s |\n",
				n, every, 1/rate, 100*cost.cpu.Seconds()/o.span.Seconds(), float64(cost.memory)/1e6,
				cost.bytes/1e3/o.span.Seconds(), 100*look.Seconds()*rate, float64(bytes)/1e3*rate)
		}
		ring.close()
	}
	fmt.Fprintln(out, "\nCPU is processor time, of one core.")
	return nil
}

// hostsFile writes a file with one host.
func hostsFile(dir, address string) (string, error) {
	path := filepath.Join(dir, "hosts.json")
	data, err := json.Marshal([]string{address})
	if err != nil {
		return "", err
	}
	return path, os.WriteFile(path, data, 0o600)
}
