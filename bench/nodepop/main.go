package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/signal"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
)

type options struct{ listen, hosts string }

func (o *options) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("nodepop", pflag.ContinueOnError)
	f.StringVar(&o.listen, "listen", "127.0.0.1:3000", "`ADDRESS` of the node")
	f.StringVar(&o.hosts, "hosts", "hosts.json", "`FILE` with the list of hosts, a JSON array")
	cli.AddVersion(f)
	return f
}

func main() {
	p := cli.Program{Name: "nodepop", Flags: new(options).flags()}
	os.Exit(p.Main("nodepop:", os.Args[1:], os.Stdout, os.Stderr, run))
}

// run is a node until an interrupt.
func run(args []string, _ io.Writer) error {
	o := new(options)
	if err := o.flags().Parse(args); err != nil {
		return cli.Usage(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	n, err := node.New(node.Config{App: "ringpop", Address: o.listen, Hosts: discovery.JSONFile(o.hosts), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer n.Close()
	if err := n.Bootstrap(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	<-ctx.Done()
	return nil
}
