package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/ringmend/ringmend/internal/utf8file"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/routes"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// universe returns the nodes that there are, and the sockets that tell of them:
// nil when nodes are only named. Lines that were not understood are in p.unread.
func (p *program) universe(ctx context.Context) (partition.Universe, sockets.Table, error) {
	switch {
	case p.static:
		lookup := routes.Resolver(ctx, p.reach())
		u := partition.Static{Lookup: lookup}
		if p.hosts != "" {
			var err error
			if u.Hosts, err = readHosts(p.hosts, lookup); err != nil {
				return nil, nil, err
			}
		}
		return u, nil, nil
	case p.scan:
		table, err := sockets.Scan("/proc")
		return partition.Listening{Sockets: table}, table, err
	default:
		if f, ok := p.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			return nil, nil, usagef("no list of sockets: pipe the output of lsof -Pnni in, or use --scan or --static")
		}
		table, unread, err := sockets.Read(p.stdin)
		p.unread = unread
		if errors.Is(err, sockets.ErrEmpty) {
			err = fmt.Errorf("%w: the output of lsof -Pnni or ss -tnapH is expected (or use --scan)", err)
		}
		return partition.Listening{Sockets: table}, table, err
	}
}

// reach returns how commands get to nodes, and so who knows their names.
func (p *program) reach() routes.Via {
	if p.format != routeFormat {
		return routes.Shell
	}
	return routes.Via(p.via)
}

// readHosts reads a hosts file as nodes have it: a JSON array of host:port.
func readHosts(path string, lookup func(string) (netip.Addr, error)) ([]partition.Node, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the hosts: %w", err)
	}
	if text, err = utf8file.Text(text); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	var list []string
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("%s is not a JSON array of HOST:PORT: %w", path, err)
	}
	if len(list) == 0 || len(list) > partition.MaxNodes {
		return nil, fmt.Errorf("%s has %d hosts: from 1 to %d are allowed", path, len(list), partition.MaxNodes)
	}
	var nodes []partition.Node
	for _, host := range list {
		address, err := wire.ParseAddress(host)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		// The host as a part would name it: both must mean the same node.
		part, err := partition.ParsePart(string(address))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		found, err := partition.Static{Lookup: lookup}.Find(part[0])
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		nodes = append(nodes, found...)
	}
	return nodes, nil
}

// spec reads what is to be cut off the command line.
func (p *program) spec() (partition.Spec, error) {
	var spec partition.Spec
	for _, text := range p.parts {
		part, err := partition.ParsePart(text)
		if err != nil {
			return spec, err
		}
		spec.Parts = append(spec.Parts, part)
	}
	for _, list := range []struct {
		text string
		part *partition.Part
	}{{p.isolate, &spec.Isolate}, {p.bridge, &spec.Bridge}} {
		if strings.TrimSpace(list.text) == "" {
			continue
		}
		var err error
		if *list.part, err = partition.ParsePart(list.text); err != nil {
			return spec, err
		}
	}
	for _, text := range p.pairs {
		pair, err := partition.ParsePair(text)
		if err != nil {
			return spec, err
		}
		spec.Pairs = append(spec.Pairs, pair)
	}
	return spec, nil
}
