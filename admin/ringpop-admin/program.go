package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// A connection reaches nodes until it is closed.
type connection interface {
	admin.Caller
	io.Closer
}

// A connector makes a connection to nodes. Tests bring their own.
type connector func(tchan.Options) (connection, error)

// dial returns a connection that uses the network, without listening on it.
func dial(o tchan.Options) (connection, error) {
	transport, err := tchan.New(o)
	if err != nil {
		return nil, fmt.Errorf("starting the transport: %w", err)
	}
	return transport, nil
}

// keptConnections is how many nodes keep their connection from one look at the
// cluster to the next, unless more are asked at a time.
const keptConnections = 128

// program is what all commands share: the flags that all have, and the outside.
type program struct {
	timeout     time.Duration
	concurrency int
	service     string
	app         string
	json        bool

	stdout, stderr io.Writer
	connect        connector
	// newScreen returns the screen of the terminal, to be initialised. When nil,
	// there is none.
	newScreen func() (tcell.Screen, error)

	connection connection
	reported   string
}

// close ends the connection if there is one.
func (p *program) close() error {
	if p.connection == nil {
		return nil
	}
	return p.connection.Close()
}

// client returns a client, connecting it first if need be.
func (p *program) client() (*admin.Client, error) {
	if p.connection == nil {
		connection, err := p.connect(tchan.Options{
			Service:    p.service,
			Caller:     p.app,
			MaxCallees: max(keptConnections, p.concurrency),
		})
		if err != nil {
			return nil, err
		}
		p.connection = connection
	}
	return admin.NewClient(p.connection, p.timeout), nil
}

// at returns what cobra runs for a command that is about the cluster which its
// arguments name.
func at(run func(context.Context, admin.Discoveries) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		where, err := admin.ParseDiscoveries(args)
		if err != nil {
			return err
		}
		return run(cmd.Context(), where)
	}
}

// look asks the cluster. It is an error when not one node answers.
func (p *program) look(ctx context.Context, where admin.Discoveries) (*admin.Cluster, error) {
	return p.lookAndReport(ctx, where, func(int, int) {})
}

// lookWithProgress is look with a progress bar when there is a terminal.
func (p *program) lookWithProgress(ctx context.Context, where admin.Discoveries) (*admin.Cluster, error) {
	bar := newProgressBar(p.stderr)
	defer bar.clear()
	return p.lookAndReport(ctx, where, bar.show)
}

func (p *program) lookAndReport(ctx context.Context, where admin.Discoveries, report func(asked, known int)) (*admin.Cluster, error) {
	hosts, err := where.Hosts()
	if err != nil {
		return nil, err
	}
	return p.crawl(ctx, hosts, report)
}

// crawl asks the cluster that hosts are of.
func (p *program) crawl(ctx context.Context, hosts []wire.Address, report func(asked, known int)) (*admin.Cluster, error) {
	client, err := p.client()
	if err != nil {
		return nil, err
	}
	cluster, err := admin.CrawlAndReport(ctx, client, hosts, p.concurrency, report)
	if err != nil {
		return nil, err
	}
	if !cluster.Answered() {
		return nil, &unreachableError{cluster.Failed()}
	}
	return cluster, nil
}

// lookAgreed asks a cluster that must be one partition, which it returns too. If
// it is more, the error ends in the consequence.
func (p *program) lookAgreed(ctx context.Context, where admin.Discoveries, consequence string) (*admin.Cluster, *admin.Partition, error) {
	cluster, err := p.lookWithProgress(ctx, where)
	if err != nil {
		return nil, nil, err
	}
	partitions := cluster.Partitions()
	if len(partitions) > 1 {
		return nil, nil, errors.New("cluster is partitioned" + consequence)
	}
	return cluster, &partitions[0], nil
}

// firstOf calls the hosts in order until one is reached, with the error that this
// one then gives. It fails when none can be reached.
func (p *program) firstOf(ctx context.Context, where admin.Discoveries, call func(*admin.Client, wire.Address) error) error {
	hosts, err := where.Hosts()
	if err != nil {
		return err
	}
	client, err := p.client()
	if err != nil {
		return err
	}
	var failed []admin.Node
	for _, host := range hosts {
		err := call(client, host)
		if err == nil || ctx.Err() != nil || !unreached(err) {
			return err
		}
		failed = append(failed, admin.Node{Address: host, Err: err})
	}
	return &unreachableError{failed}
}

// print writes a view of a cluster, and reports on stderr what could not be
// asked: once per change, so that watching does not repeat it.
func (p *program) print(cluster *admin.Cluster, text func() string, form func() any) error {
	if err := p.write(text, form); err != nil {
		return err
	}
	p.report(cluster)
	return nil
}

// write writes to stdout: a text as it is, or the JSON form when asked for.
func (p *program) write(text func() string, form func() any) error {
	if p.json {
		if err := json.NewEncoder(p.stdout).Encode(form()); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
	} else if _, err := io.WriteString(p.stdout, text()); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

func (p *program) report(cluster *admin.Cluster) {
	report := render.Failures(cluster)
	if report != p.reported {
		p.reported = report
		fmt.Fprint(p.stderr, report)
	}
}
