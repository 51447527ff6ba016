// Package discovery tells a node which hosts there are to join. It imports
// packages wire and internal/utf8file only.
package discovery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/ringmend/ringmend/internal/utf8file"
	"github.com/ringmend/ringmend/node/wire"
)

// Provider lists hosts. It is asked when a node bootstraps, at each new attempt,
// and whenever the node looks for another side of a partition, so that it can
// follow what changes. The node itself may be in the list.
//
// Hosts must return soon after ctx ends, and may be called concurrently.
type Provider interface {
	Hosts(ctx context.Context) ([]wire.Address, error)
}

// Limits on a list of hosts.
const (
	MaxHosts    = 100_000
	maxFileSize = 8 << 20
)

// ErrHosts is wrapped by errors about lists that make no sense.
var ErrHosts = errors.New("bad list of hosts")

// Static is a fixed list of hosts.
type Static []wire.Address

// Hosts returns the list.
func (s Static) Hosts(context.Context) ([]wire.Address, error) { return slices.Clone(s), nil }

// JSONFile is the path of a file that holds a JSON array of "host:port" strings.
// It is read anew each time.
type JSONFile string

// Hosts reads the file. The error says what is wrong with it: that it cannot be
// read, or, wrapping [ErrHosts], which entry is not an address.
func (f JSONFile) Hosts(context.Context) ([]wire.Address, error) {
	file, err := os.Open(string(f))
	if err != nil {
		return nil, fmt.Errorf("hosts file: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("hosts file: %w", err)
	}
	hosts, err := ParseJSON(data)
	if err != nil {
		return nil, fmt.Errorf("hosts file %s: %w", string(f), err)
	}
	return hosts, nil
}

// ParseJSON parses a JSON array of "host:port" strings, in UTF-8 with or without a
// byte order mark. Addresses that stand there twice are returned once; the order is
// kept.
func ParseJSON(data []byte) ([]wire.Address, error) {
	if len(data) > maxFileSize {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrHosts, maxFileSize)
	}
	data, err := utf8file.Text(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHosts, err)
	}
	var entries *[]string
	if err := wire.Unmarshal(data, &entries); err != nil {
		return nil, fmt.Errorf("%w: it must be a JSON array of \"host:port\" strings: %w", ErrHosts, err)
	}
	if entries == nil {
		return nil, fmt.Errorf("%w: null, it must be a JSON array of \"host:port\" strings", ErrHosts)
	}
	if len(*entries) > MaxHosts {
		return nil, fmt.Errorf("%w: %d entries, at most %d are allowed", ErrHosts, len(*entries), MaxHosts)
	}
	hosts := make([]wire.Address, 0, len(*entries))
	seen := make(map[wire.Address]bool, len(*entries))
	for i, entry := range *entries {
		host, err := wire.ParseAddress(entry)
		if err != nil {
			return nil, fmt.Errorf("%w: entry %d: %w", ErrHosts, i+1, err)
		}
		if !seen[host] {
			seen[host] = true
			hosts = append(hosts, host)
		}
	}
	return hosts, nil
}
