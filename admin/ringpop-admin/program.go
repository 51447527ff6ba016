package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/tchan"
)

// A connection reaches nodes until it is closed.
type connection interface {
	admin.Caller
	io.Closer
}

// A connector makes a connection. Tests bring their own.
type connector func() (connection, error)

// dial returns a connection that uses the network, without listening on it.
func dial() (connection, error) {
	transport, err := tchan.New(tchan.Options{})
	if err != nil {
		return nil, fmt.Errorf("starting the transport: %w", err)
	}
	return transport, nil
}

// program is what all commands share: the flags that all have, and the outside.
type program struct {
	timeout     time.Duration
	concurrency int
	json        bool

	stdout, stderr io.Writer
	connect        connector

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

// look asks the cluster. It is an error when not one node answers.
func (p *program) look(ctx context.Context, where admin.Discovery) (*admin.Cluster, error) {
	hosts, err := where.Hosts()
	if err != nil {
		return nil, err
	}
	if p.connection == nil {
		if p.connection, err = p.connect(); err != nil {
			return nil, err
		}
	}
	cluster, err := admin.Crawl(ctx, admin.NewClient(p.connection, p.timeout), hosts, p.concurrency)
	if err != nil {
		return nil, err
	}
	if !cluster.Answered() {
		return nil, &unreachableError{cluster.Failed()}
	}
	return cluster, nil
}

// print writes a view to stdout: as it is, or the JSON form when asked for.
// What could not be asked is reported on stderr, once per change, so that
// watching does not repeat it.
func (p *program) print(cluster *admin.Cluster, text func() string, form func() any) error {
	if p.json {
		if err := json.NewEncoder(p.stdout).Encode(form()); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
	} else if _, err := io.WriteString(p.stdout, text()); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	report := render.Failures(cluster)
	if report != p.reported {
		p.reported = report
		fmt.Fprint(p.stderr, report)
	}
	return nil
}
