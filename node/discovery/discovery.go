package discovery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ringmend/ringmend/internal/utf8file"
	"github.com/ringmend/ringmend/node/wire"
)

// Provider lists hosts, each as "host:port" with an IP address or a name. It is asked
// when a node bootstraps, at each new attempt, and whenever the node looks for another
// side of a partition, which lets it follow changes; names are looked up as often. The node
// itself may be in the list.
//
// Hosts must return soon after ctx ends, and may be called concurrently. What it
// returns is not modified. With an error it may return the hosts that it listed before;
// they are used then.
type Provider interface {
	Hosts(ctx context.Context) ([]string, error)
}

// Limits on a list of hosts.
const (
	MaxHosts    = 100_000
	maxFileSize = 8 << 20
)

// ErrHosts is wrapped by errors about lists that make no sense.
var ErrHosts = errors.New("bad list of hosts")

// Func is a function that lists hosts.
type Func func(ctx context.Context) ([]string, error)

// Hosts calls the function.
func (f Func) Hosts(ctx context.Context) ([]string, error) { return f(ctx) }

// Static is a fixed list of hosts: Static{"10.0.0.1:3000", "db-2.internal:3000"}, or
// Static(list) of a []string. If it is empty, or lists only the node itself, the
// node is the first of its cluster.
type Static []string

// Hosts returns the list.
func (s Static) Hosts(context.Context) ([]string, error) { return s, nil }

// JSONFile is the path of a file that holds a JSON array of "host:port" strings.
// It is read each time.
type JSONFile string

// Hosts reads the file. The error says what is wrong with it: that it cannot be
// read, or, wrapping [ErrHosts], which entry is not host:port.
func (f JSONFile) Hosts(context.Context) ([]string, error) {
	data, err := readFile(string(f))
	if err != nil {
		return nil, fmt.Errorf("hosts file: %w", err)
	}
	hosts, err := ParseJSON(data)
	if err != nil {
		return nil, fmt.Errorf("hosts file %s: %w", string(f), err)
	}
	return hosts, nil
}

// readFile reads a file up to the first byte that is too much.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxFileSize+1))
}

// ParseJSON parses a JSON array of "host:port" strings, in UTF-8 with or without a byte
// order mark. Those that stand there twice are returned once; the order is kept.
func ParseJSON(data []byte) ([]string, error) {
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
	hosts := make([]string, 0, len(*entries))
	seen := make(map[string]bool, len(*entries))
	for i, entry := range *entries {
		if _, err := wire.ParseAddress(entry); err != nil {
			return nil, fmt.Errorf("%w: entry %d: %w", ErrHosts, i+1, err)
		}
		if !seen[entry] {
			seen[entry] = true
			hosts = append(hosts, entry)
		}
	}
	return hosts, nil
}
