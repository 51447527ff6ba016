package cutter

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/ringmend/ringmend/tools/make_partition/firewall"
	"github.com/ringmend/ringmend/tools/make_partition/format"
	"github.com/ringmend/ringmend/tools/make_partition/gate"
	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// Errors of [Cutter.Cut], wrapped with details. Others are those of the packages of
// make_partition.
var (
	// ErrPermission says that this process may not change the firewall.
	ErrPermission = errors.New("cutting changes the firewall: be root, or start tick-cluster with --netns")
	// ErrShared says that the nodes cannot be told apart here.
	ErrShared = errors.New("the nodes share an address, which only iptables with a queue can cut: start tick-cluster with --loopback")
	// ErrCut says that there is a cut already, of this cluster or of another one.
	ErrCut = errors.New("there is a cut already: mend it first")
	// ErrRules says that a cut would be dearer than the cluster itself.
	ErrRules = errors.New("too many rules")
	// ErrAsk says that new connections cannot be asked about in time.
	ErrAsk = errors.New("too many nodes share an address to ask about each new connection")
	// ErrClosed says that there can be no cut any more.
	ErrClosed = errors.New("the cluster is being stopped")
	// ErrOne says that there is nothing to cut.
	ErrOne = errors.New("one node cannot be cut in two")
)

// mendTimeout bounds how long mending may take in the end.
const mendTimeout = 5 * time.Second

// Options are what a Cutter needs of others.
type Options struct {
	// Hold is called with true before a cut is made, and with false when it is
	// gone: in between, another process must call [MendAll] if this one dies.
	Hold func(bool)
	// Log is called when a cut no longer holds as it should.
	Log func(format string, args ...any)
}

// Cutter makes cuts. It is safe for concurrent use.
type Cutter struct {
	options Options
	wall    *firewall.Firewall

	mu     sync.Mutex
	open   *cut // nil for none
	closed bool
}

// cut is one that was made here and not mended yet.
type cut struct {
	since   time.Time
	endGate func() // returns when the gate is closed; nil for none
}

// New returns a Cutter. It does nothing yet.
func New(o Options) *Cutter {
	return &Cutter{options: o, wall: firewall.New(firewall.Options{})}
}

// Result is a cut that was made.
type Result struct {
	Sides  [][]string // names of nodes
	Others []string   // nodes on no side, which still reach all
	Rules  int        // how many
	Where  string     // the firewall and the place in it
	Notes  []string   // sentences for who asked: what the cut cannot do
}

// Cut cuts nodes into parts, each a list as make_partition reads it: numbers,
// ranges, addresses, "*" for the rest. No parts are two halves.
func (c *Cutter) Cut(ctx context.Context, nodes []Node, parts []string) (*Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return nil, ErrClosed
	case len(nodes) < 2:
		return nil, ErrOne
	}
	spec, err := parse(parts)
	if err != nil {
		return nil, err
	}
	// A system without /proc says nothing of sockets. Addresses are enough there.
	table, err := sockets.Scan("/proc")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	u := universe{nodes, table}
	if len(parts) == 0 {
		spec = u.halves()
	}
	split, err := spec.Resolve(u)
	if err != nil {
		return nil, err
	}
	plan, err := rules.Make(split, table, rules.Options{New: rules.AskNew, Since: time.Now()})
	if err != nil {
		return nil, err
	}
	r := &Result{Rules: len(plan.Rules), Notes: plan.Notes}
	r.Sides, r.Others = u.names(split)
	if err := c.apply(ctx, split, plan, r); err != nil {
		return nil, err
	}
	return r, nil
}

func parse(parts []string) (spec partition.Spec, err error) {
	for _, text := range parts {
		part, err := partition.ParsePart(text)
		if err != nil {
			return spec, err
		}
		spec.Parts = append(spec.Parts, part)
	}
	if len(parts) > 0 {
		err = spec.Check()
	}
	return spec, err
}

// affordable makes sure that a cut is not dearer than the cluster itself. A cut by
// address has a few lines for each node at most, one by port two for each connection
// that crosses it, unless nft takes those.
func affordable(loads []firewall.Load) error {
	for _, l := range loads {
		if l.Format == format.NFT {
			continue
		}
		text, err := format.Cut(l.Format, l.Plan)
		if err != nil {
			return err
		}
		if lines := strings.Count(text, "\n"); lines > rules.Heavy {
			return fmt.Errorf("%w: %d lines, for each packet; at most %d do not slow the nodes down: install nft, start tick-cluster with --loopback, or make one side smaller", ErrRules, lines, rules.Heavy)
		}
	}
	return nil
}

// apply makes the cut and says where, and by how many rules.
func (c *Cutter) apply(ctx context.Context, split *partition.Split, plan *rules.Plan, r *Result) (err error) {
	if os.Geteuid() != 0 {
		return ErrPermission
	}
	if err := c.wall.Check(ctx); errors.Is(err, firewall.ErrCut) {
		return ErrCut
	} else if err != nil {
		return err
	}
	if plan.Asks() && len(split.Nodes) > gate.MaxNodes {
		return fmt.Errorf("%w: %d, at most %d can be: start tick-cluster with --loopback", ErrAsk, len(split.Nodes), gate.MaxNodes)
	}
	loads, err := c.wall.Loads(plan)
	if err != nil {
		return err
	}
	if err := affordable(loads); err != nil {
		return err
	}
	r.Where = loads[0].Format
	made := &cut{since: time.Now()}
	if plan.Asks() {
		if made.endGate, err = c.openGate(split); err != nil {
			return err
		}
	}
	c.options.Hold(true)
	// Half a cut would be worse than a late one.
	ctx = context.WithoutCancel(ctx)
	if err := c.wall.CutAll(ctx, loads); err != nil {
		made.end()
		_, _, mendErr := c.mend(ctx)
		return errors.Join(err, mendErr)
	}
	c.open = made
	// It is made, whatever it is called.
	if cuts, err := c.wall.Status(ctx); err == nil && len(cuts) > 0 {
		var where []string
		r.Rules = 0
		for _, found := range cuts {
			where = append(where, found.Where)
			r.Rules += len(found.Rules)
		}
		r.Where = strings.Join(where, " and ")
	}
	return nil
}

// openGate starts to decide about new connections.
func (c *Cutter) openGate(split *partition.Split) (end func(), err error) {
	if !c.wall.CanAsk() {
		return nil, ErrShared
	}
	g, err := gate.Open(split)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrShared, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := g.Run(ctx); err != nil {
			c.options.Log("new connections to the nodes hang until the cut is mended: %v", err)
		}
	}()
	return func() {
		cancel()
		<-done
		// Nothing waits in the queue any more: the rules that fill it are gone.
		_ = g.Close()
	}, nil
}

// Mend takes away the cut, and any other that make_partition finds on this
// machine. It returns where they were, and how long this one lasted (0 if it is
// not from here).
func (c *Cutter) Mend(ctx context.Context) (where []string, lasted time.Duration, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if os.Geteuid() != 0 {
		return nil, 0, ErrPermission
	}
	return c.mend(context.WithoutCancel(ctx))
}

// Close is Mend if there is a cut from here, and nothing else. There can be no other
// cut afterwards.
func (c *Cutter) Close() (where string, lasted time.Duration, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.open == nil {
		return "", 0, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), mendTimeout)
	defer cancel()
	all, lasted, err := c.mend(ctx)
	if err != nil {
		return "", 0, fmt.Errorf("%w (try: make_partition --heal --apply)", err)
	}
	return strings.Join(all, ", "), lasted, nil
}

func (c *Cutter) mend(ctx context.Context) (where []string, lasted time.Duration, err error) {
	cuts, err := c.wall.MendAll(ctx)
	if err != nil {
		return nil, 0, err
	}
	for _, cut := range cuts {
		where = append(where, cut.Where)
	}
	if c.open != nil {
		lasted = time.Since(c.open.since)
		c.open.end()
		c.open = nil
	}
	c.options.Hold(false)
	return where, lasted, nil
}

func (x *cut) end() {
	if x.endGate != nil {
		x.endGate()
	}
}

// MendAll mends all cuts of this machine, such as one that a crash has left behind.
func MendAll() {
	ctx, cancel := context.WithTimeout(context.Background(), mendTimeout)
	defer cancel()
	// An error cannot be reported any more.
	_, _ = firewall.New(firewall.Options{}).MendAll(ctx)
}
