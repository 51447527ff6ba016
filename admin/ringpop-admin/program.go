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
	"github.com/ringmend/ringmend/internal/tlsflags"
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
	within      time.Duration
	concurrency int
	service     string
	app         string
	json, yes   bool
	tls         tlsflags.Flags

	stdout, stderr io.Writer
	connect        connector
	ask            asker // nil without a terminal
	// newScreen returns the screen of the terminal, to be initialised. When nil,
	// there is none.
	newScreen func() (tcell.Screen, error)

	// elsewhere returns another address of this machine, not one of the loopback
	// interface, at which something listens on the port of an address, or "". When
	// nil, there is none.
	elsewhere func(wire.Address) string

	connection connection
	crawler    *admin.Crawler
	reported   string
	running    bool // the command line was understood, as far as cobra knows it
}

// close ends the connection if there is one.
func (p *program) close() error {
	if p.crawler != nil {
		p.crawler.Close()
	}
	if p.connection == nil {
		return nil
	}
	return p.connection.Close()
}

// client returns a client, connecting it first if need be.
func (p *program) client() (*admin.Client, error) { return p.clientWith(p.timeout) }

// clientWith returns a client that gives each call so much time.
func (p *program) clientWith(timeout time.Duration) (*admin.Client, error) {
	if p.connection == nil {
		tls, err := p.tls.TLS()
		if err != nil {
			return nil, err
		}
		connection, err := p.connect(tchan.Options{
			Service:    p.service,
			Caller:     p.app,
			TLS:        tls,
			MaxCallees: max(keptConnections, p.concurrency),
		})
		if err != nil {
			return nil, err
		}
		p.connection = connection
	}
	return admin.NewClient(p.connection, timeout), nil
}

// at returns what cobra runs for a command that is about the cluster which its
// arguments name.
func at(run func(context.Context, admin.Discoveries) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		where, err := parseDiscoveries(args)
		if err != nil {
			return err
		}
		return run(cmd.Context(), where)
	}
}

// about returns what cobra runs for a command that is about a member, which the first argument
// names. The others name the cluster; without any of them the member itself is asked.
func about(run func(context.Context, wire.Address, admin.Discoveries) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return errNoAddress
		}
		member, err := parseNode(args[0])
		if err != nil {
			return err
		}
		if len(args) > 1 {
			args = args[1:]
		}
		return at(func(ctx context.Context, where admin.Discoveries) error { return run(ctx, member, where) })(cmd, args)
	}
}

// look asks the cluster. It is an error when not one node answers.
func (p *program) look(ctx context.Context, where admin.Discoveries) (*admin.Cluster, error) {
	hosts, err := where.Hosts()
	if err != nil {
		return nil, err
	}
	return p.crawl(ctx, hosts, nil)
}

// lookWithProgress is look with a progress bar when there is a terminal.
func (p *program) lookWithProgress(ctx context.Context, where admin.Discoveries) (*admin.Cluster, error) {
	hosts, err := where.Hosts()
	if err != nil {
		return nil, err
	}
	bar := newProgressBar(p.stderr)
	defer bar.clear()
	return p.crawl(ctx, hosts, bar.show)
}

// crawl asks the cluster that hosts belong to. All looks of a program share a crawler,
// which remembers the nodes that did not answer.
func (p *program) crawl(ctx context.Context, hosts []wire.Address, report func(asked, known int)) (*admin.Cluster, error) {
	if p.crawler == nil {
		client, err := p.client()
		if err != nil {
			return nil, err
		}
		p.crawler = admin.NewCrawler(client, admin.CrawlOptions{
			Concurrency: p.concurrency, MaxConcurrency: maxCalls(), Within: p.within,
		})
	}
	cluster, err := p.crawler.Crawl(ctx, hosts, report)
	if err != nil {
		return nil, err
	}
	if !cluster.Answered() {
		return nil, p.unreachable(cluster.Failed())
	}
	return cluster, nil
}

// lookWhole asks a cluster that must not be split. If it is, the error ends in the
// consequence.
func (p *program) lookWhole(ctx context.Context, where admin.Discoveries, consequence string) (*admin.Cluster, *admin.Verdict, error) {
	cluster, err := p.lookWithProgress(ctx, where)
	if err != nil {
		return nil, nil, err
	}
	verdict := admin.VerdictOf(cluster)
	if verdict.Condition == admin.Split {
		return nil, nil, errors.New("cluster is partitioned" + consequence)
	}
	return cluster, verdict, nil
}

// firstOf calls the first of the hosts that can be reached. It fails with the error
// of the call, or when none can be reached.
func (p *program) firstOf(ctx context.Context, where admin.Discoveries, call func(wire.Address) error) error {
	hosts, err := where.Hosts()
	if err != nil {
		return err
	}
	node := hosts[0]
	if len(hosts) > 1 {
		client, err := p.clientWith(min(p.timeout, defaultTimeout))
		if err != nil {
			return err
		}
		reached, failed, err := admin.Reach(ctx, client, hosts)
		switch {
		case err != nil:
			return err
		case reached == "":
			return p.unreachable(failed)
		}
		node = reached
	}
	return p.oneError(node, call(node))
}

// print writes a view of a cluster, and reports on stderr what could not be
// asked: once per change; watching does not repeat it.
func (p *program) print(cluster *admin.Cluster, text func() string, form func() any) error {
	if err := p.write(text, form); err != nil {
		return err
	}
	p.report(render.Failures(cluster))
	return nil
}

// printMost is print for a view of what most nodes hold. Where others hold something
// else, because a change spreads, that is reported too.
func (p *program) printMost(cluster *admin.Cluster, verdict *admin.Verdict, text func() string, form func() any) error {
	if err := p.write(text, form); err != nil {
		return err
	}
	p.report(render.Spreading(verdict) + render.Failures(cluster))
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

func (p *program) report(report string) {
	if report != p.reported {
		p.reported = report
		fmt.Fprint(p.stderr, report)
	}
}
