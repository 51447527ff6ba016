package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Script is one history to be played: a cluster, its network, and their faults. The zero value is not valid; start from [New].
type Script struct {
	// Seed fixes all random choices.
	Seed uint64
	// Nodes is the size of the cluster, from 1 to MaxNodes. Nodes have numbers
	// from 1 on.
	Nodes int
	// Start is how many of them are started at the beginning, each at a random
	// moment within Spread. The others wait for a restart step.
	Start  int
	Spread time.Duration
	// Warm skips the joining: the nodes start with all members in their tables.
	Warm bool
	// For is how long to play. 0 means until the cluster has been one and quiet
	// for a while after the last step, or has failed to be so within the bound.
	For time.Duration

	// Latency is the least time that a message takes, and Jitter the mean of
	// what comes on top of that, which is distributed exponentially.
	Latency, Jitter time.Duration
	// Loss and Duplicate are the probabilities that a message is lost, or
	// arrives twice. They hold until steps change them.
	Loss, Duplicate float64
	// Skew is how far apart the clocks of the nodes may be: each is ahead by a
	// random part of it.
	Skew time.Duration
	// Hosts is how many addresses discovery lists: those of the first nodes. 0
	// means all.
	Hosts int
	// Room is how many members a node may know; 0 means the core's default.
	Room int
	// Labels gives every node a label of its own.
	Labels bool
	// Tables says whether each node keeps its own tables, as in production, or all share
	// them: "own" or "shared". Empty: own up to OwnUpTo nodes, and where messages are
	// encoded or tampered with.
	Tables string
	// Wire encodes and decodes every body on its way.
	Wire bool

	// Suspect, Faulty and Tombstone are the periods of the same names; 0 means
	// the core's default.
	Suspect, Faulty, Tombstone time.Duration
	// Checksum names the flavour of the nodes' checksums, one of [Checksums]. Empty:
	// Ringpop's, but the sum above [LargeAbove] nodes.
	Checksum string
	// Rules names the rule set, one of [RuleSets].
	Rules string
	// Resolver names the strategy of the nodes' resolvers, with ",observe" behind it if
	// they only observe; empty: there are none. A quorum is more than half of the nodes;
	// the referee is node 1; the settings are the defaults but for Stable, which is
	// StableAfter. Guarded turns guarded ownership on. Without resolvers they say nothing.
	Resolver string
	Stable   time.Duration
	Guarded  bool
	// Mutant names a deliberate mistake, to show that it is noticed; package sim has
	// the list. Empty: none.
	Mutant string

	Steps []Step
}

// MaxNodes bounds the size of a simulated cluster.
const MaxNodes = 20_000

// New returns a script of nodes that start and find each other on a good
// network.
func New(nodes int) *Script {
	return &Script{
		Nodes: nodes, Start: nodes, Spread: 500 * time.Millisecond,
		Latency: 300 * time.Microsecond, Jitter: 200 * time.Microsecond,
		Rules: RulesRingmend,
	}
}

// ErrInvalid is wrapped by the errors about a script that cannot be played.
var ErrInvalid = errors.New("invalid script")

// Validate returns an error that names the first thing that makes no sense.
func (s *Script) Validate() error {
	switch {
	case s.Nodes < 1 || s.Nodes > MaxNodes:
		return fmt.Errorf("%w: %d nodes, from 1 to %d are possible", ErrInvalid, s.Nodes, MaxNodes)
	case s.Start < 0 || s.Start > s.Nodes:
		return fmt.Errorf("%w: %d of %d nodes cannot start", ErrInvalid, s.Start, s.Nodes)
	case s.Hosts < 0 || s.Hosts > s.Nodes:
		return fmt.Errorf("%w: %d of %d nodes cannot be listed", ErrInvalid, s.Hosts, s.Nodes)
	case s.Room < 0 || s.Room > wire.MaxChanges:
		return fmt.Errorf("%w: room for %d members, from 0 to %d is possible", ErrInvalid, s.Room, wire.MaxChanges)
	case s.Spread < 0 || s.For < 0 || s.Latency < 0 || s.Jitter < 0 || s.Skew < 0 || s.Suspect < 0 || s.Faulty < 0 || s.Tombstone < 0:
		return fmt.Errorf("%w: times must not be negative", ErrInvalid)
	case s.Skew > maxFor:
		return fmt.Errorf("%w: clocks %v apart, at most %v is possible", ErrInvalid, s.Skew, maxFor)
	case s.For > maxFor:
		return fmt.Errorf("%w: for %v, at most %v is possible", ErrInvalid, s.For, maxFor)
	case !isProbability(s.Loss) || !isProbability(s.Duplicate):
		return fmt.Errorf("%w: loss and duplicate are probabilities, from 0 to 1", ErrInvalid)
	}
	if _, ok := checksums[s.Checksum]; !ok && s.Checksum != "" {
		return fmt.Errorf("%w: no checksum %q, there are %s", ErrInvalid, s.Checksum, strings.Join(Checksums(), ", "))
	}
	switch {
	case s.Tables != "" && s.Tables != TablesOwn && s.Tables != TablesShared:
		return fmt.Errorf("%w: tables are %s or %s", ErrInvalid, TablesOwn, TablesShared)
	case s.Tables == TablesShared && (s.Wire || s.Mutant != ""):
		return fmt.Errorf("%w: shared tables cannot be encoded, or tampered with", ErrInvalid)
	}
	if err := CheckRules(s.Rules); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if err := s.checkResolver(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if s.usesLabels() && !s.Flavour().HasLabels() {
		return fmt.Errorf("%w: nodes of checksum %s have no labels", ErrInvalid, s.Checksum)
	}
	last := time.Duration(0)
	for i := range s.Steps {
		st := &s.Steps[i]
		if err := st.validate(s.Nodes); err != nil {
			return fmt.Errorf("%w: step %q: %w", ErrInvalid, st, err)
		}
		if st.At < last {
			return fmt.Errorf("%w: step %q is not in order of time", ErrInvalid, st)
		}
		last = st.At
	}
	return nil
}

// usesLabels reports whether nodes have labels, or get some.
func (s *Script) usesLabels() bool {
	return s.Labels || slices.ContainsFunc(s.Steps, func(st Step) bool { return st.Verb == "label" })
}

// maxFor is the longest history that can be played, and how far clocks can be
// apart.
const maxFor = 10 * 24 * time.Hour

func isProbability(p float64) bool { return p >= 0 && p <= 1 }

// add appends a step; the steps must be added in order.
func (s *Script) add(at time.Duration, verb string, change func(*Step)) {
	st := Step{At: at, Verb: verb}
	if change != nil {
		change(&st)
	}
	s.Steps = append(s.Steps, st)
}

// String returns the script as [Parse] reads it.
func (s *Script) String() string {
	var b strings.Builder
	for _, f := range settings {
		if text := f.get(s); text != f.get(New(s.Nodes)) || f.always {
			fmt.Fprintln(&b, strings.TrimSpace(f.name+" "+text))
		}
	}
	for i := range s.Steps {
		fmt.Fprintln(&b, &s.Steps[i])
	}
	return b.String()
}
