package admin

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/internal/utf8file"
	"github.com/ringmend/ringmend/node/wire"
)

// Errors about where to find a cluster.
var (
	// ErrNoURI is returned for an empty URI.
	ErrNoURI = errors.New("discovery URI is required")
	// ErrNotIPPort is wrapped by the errors about addresses that are neither ip:port
	// nor the name of a host with a port.
	ErrNotIPPort = errors.New("expected an ip:port or a name:port")
)

// Discovery tells where a cluster can be found. The zero value finds nothing.
type Discovery struct {
	node wire.Address
	file string
}

// ParseDiscovery reads a discovery URI:
//
//	127.0.0.1:3000              a node of the cluster
//	node-1.example.org:3000     all nodes at that name
//	ringpop://[::1]:3000        the same
//	file://./hosts.json         a file with a JSON array of such addresses
//
// The path of a file is taken as it stands, relative or absolute. Nothing is
// opened yet. The error wraps [ErrNoURI] or [ErrNotIPPort], or names a scheme
// that is not known.
func ParseDiscovery(uri string) (Discovery, error) {
	scheme, rest, found := strings.Cut(uri, "://")
	if !found {
		scheme, rest = "ringpop", uri
	}
	switch {
	case uri == "":
		return Discovery{}, ErrNoURI
	case scheme == "ringpop":
		node, err := ParseNode(rest)
		return Discovery{node: node}, err
	case scheme == "file" && rest != "":
		return Discovery{file: rest}, nil
	case scheme == "file":
		return Discovery{}, fmt.Errorf("discovery URI %q names no file", uri)
	default:
		return Discovery{}, fmt.Errorf("unknown scheme in discovery URI %q, ringpop:// and file:// are known", uri)
	}
}

// ParseNode accepts any spelling of an ip:port, and returns the one that members
// use, and names with ports as they are. The error wraps [ErrNotIPPort].
func ParseNode(s string) (wire.Address, error) {
	if at, err := netip.ParseAddrPort(s); err == nil && at.Addr().Zone() == "" {
		s = at.String()
	}
	address, err := wire.ParseAddress(s)
	if err != nil {
		return "", fmt.Errorf("%w: %q", ErrNotIPPort, s)
	}
	return address, nil
}

// Hosts returns the addresses to ask first: at least one, each once, in the
// order in which they were given. A file is read each time anew, so it may
// change while a cluster is watched.
func (d Discovery) Hosts() ([]wire.Address, error) {
	if d.file == "" {
		return []wire.Address{d.node}, nil
	}
	f, err := os.Open(d.file)
	if err != nil {
		return nil, fmt.Errorf("reading the hosts file: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, wire.MaxBody+1))
	if err != nil {
		return nil, fmt.Errorf("reading the hosts file: %w", err)
	}
	hosts, err := parseHosts(data)
	if err != nil {
		return nil, fmt.Errorf("hosts file %s: %w", d.file, err)
	}
	return hosts, nil
}

// Discoveries are several places where one cluster can be found. The zero value
// finds nothing.
type Discoveries []Discovery

// ParseDiscoveries reads discovery URIs as [ParseDiscovery] does, at least one.
func ParseDiscoveries(uris []string) (Discoveries, error) {
	if len(uris) == 0 {
		return nil, ErrNoURI
	}
	all := make(Discoveries, 0, len(uris))
	for _, uri := range uris {
		d, err := ParseDiscovery(uri)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// Hosts returns what the [Discovery.Hosts] of all of them return, in that order
// and each address once. One that fails is an error: a file that was named and
// cannot be read would otherwise hide a side of a split.
func (ds Discoveries) Hosts() ([]wire.Address, error) {
	var all []wire.Address
	seen := map[wire.Address]bool{}
	for _, d := range ds {
		hosts, err := d.Hosts()
		if err != nil {
			return nil, err
		}
		for _, host := range hosts {
			if !seen[host] {
				seen[host] = true
				all = append(all, host)
			}
		}
	}
	return all, nil
}

// parseHosts reads a hosts file. Host names are fine here: the file may be the
// one that the nodes were started with.
func parseHosts(data []byte) ([]wire.Address, error) {
	data, err := utf8file.Text(data)
	if err != nil {
		return nil, err
	}
	var listed []string
	data = bytes.TrimPrefix(data, []byte("\uFEFF")) // some editors put it there
	if err := wire.Unmarshal(data, &listed); err != nil {
		return nil, fmt.Errorf("expected a JSON array of host:port: %w", err)
	}
	if len(listed) == 0 {
		return nil, errors.New("no hosts are listed")
	}
	if len(listed) > wire.MaxChanges {
		return nil, tooMany(len(listed), "hosts")
	}
	hosts := make([]wire.Address, 0, len(listed))
	seen := make(map[wire.Address]bool, len(listed))
	for _, s := range listed {
		host, err := wire.ParseAddress(s)
		if err != nil {
			return nil, err
		}
		if !seen[host] {
			seen[host] = true
			hosts = append(hosts, host)
		}
	}
	return slices.Clip(hosts), nil
}
