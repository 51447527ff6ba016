package system

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/workload"
)

// The models that a system's operations are checked against.
const (
	Register   = "register"    // each key is a linearizable register
	Owner      = "owner"       // one node at a time accepts a key
	AssignOnce = "assign-once" // a key gets a value once, and keeps it
	Unchecked  = ""
)

// Kind is a system that can be measured. There is one value for each name.
type Kind struct {
	Name  string
	About string
	// Model says what its operations are checked against.
	Model string
	// Refuses says why a fault cannot be had of it, by the fault's name.
	Refuses map[string]string
	// Check returns an error when settings make no sense for it; nil if all do.
	Check func(c *result.Config) error
	// Find finds the programs, or builds them, outside the namespaces.
	Find func(ctx context.Context, c *result.Config, progress func(string)) error
	// New returns a system whose nodes do not run yet.
	New func(c *result.Config, env Env) (System, error)
}

// NoSkew is why a system whose program is not built here has no clock-skew.
const NoSkew = "the clock of a program that is not built for it cannot be moved without that of the machine"

// Env is the network as a system sees it.
type Env struct {
	Nodes []Place
	// Spare are hosts of nodes that may join later.
	Spare []Place
	// Clients dial from the clients' hosts.
	Clients []Dialer
	// Store is the host of a store that the nodes share, if there is one.
	Store *Place
	// Keys are those whose owners are looked at while the run lasts.
	Keys []string
}

// Place is where a node runs.
type Place struct {
	Address string // its IP address
	Dir     string // its data
	// Self dials from the node's own host, whatever is cut.
	Self Dialer
}

// Dialer opens a connection to an IP address and port.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// DialContext calls it.
func (d Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d(ctx, network, address)
}

// Command is how a node is started.
type Command struct {
	Path string
	Args []string
	Env  []string
}

// System is the nodes of one run. Its methods are safe for concurrent use. Nodes are
// numbered from 0; those after Env.Nodes are spare ones.
type System interface {
	// Command returns how a node is started, the first time and after it was killed.
	Command(node int) Command
	// Do does an operation.
	Do(ctx context.Context, op *workload.Planned) workload.Answer
	// State asks a node for its state, from its own host.
	State(ctx context.Context, node int) (State, error)
	// Ready returns nil when the states of all nodes that run, spare ones included, are
	// those of a system that can be measured.
	Ready(states []State) error
	// Leader returns the node that faults are aimed at. The key is the one that is
	// asked most.
	Leader(states []State, key string) (int, bool)
	// Close ends all connections.
	Close()
}

// Storing is a system whose nodes may share a store.
type Storing interface {
	System
	// StoreCommand returns how the store is started, on the host of Env.Store.
	StoreCommand() Command
}

// State is what a node says of itself.
type State struct {
	OK       bool // it has answered
	Leader   int  // the leader in its view; -1 if there is none
	Term     uint64
	Checksum string
	Members  []Member
	// Owns says whether the node accepts operations of a key; nil where any does.
	Owns func(key string) bool
	// Resolver says, in a word, whether the node may serve, where something decides that.
	Resolver string
	// Settled is how many members count for the node's side, in the view of its resolver.
	Settled int
}

// Member is what a node holds another to be.
type Member struct {
	Node        int // from 0
	Status      string
	Incarnation int64
}

var kinds []*Kind

// register adds a system; the variable it is assigned to is for nothing else.
func register(k *Kind) *Kind {
	kinds = append(kinds, k)
	return k
}

// execPrefix begins the name of a system that a file describes.
const execPrefix = "exec:"

// Lookup returns the system of a name.
func Lookup(name string) (*Kind, error) {
	if file, ok := strings.CutPrefix(name, execPrefix); ok {
		return execKind(file), nil
	}
	for _, k := range kinds {
		if k.Name == name {
			return k, nil
		}
	}
	return nil, fmt.Errorf("unknown system %q, there are %s and exec:FILE", name, strings.Join(Names(), ", "))
}

// Names returns the names of all systems, but for those of files.
func Names() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	slices.Sort(names)
	return names
}

// All returns all systems, by name.
func All() []*Kind {
	list := slices.Clone(kinds)
	slices.SortFunc(list, func(a, b *Kind) int { return strings.Compare(a.Name, b.Name) })
	return list
}
