package rules

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// By is what nodes are told apart by; see the package comment.
type By uint8

// The ways. Auto goes by address where that is enough, else by port.
const (
	Auto By = iota
	Address
	Port
	User
)

// Options say how to make a plan.
type Options struct {
	By By
	// New is what happens to new connections to nodes that share an address.
	New New
	// Since is when the cut is made, for what it says of itself; zero if that is not known.
	Since time.Time
}

// New is a way to treat new connections whose owner cannot be known yet.
type New uint8

// The ways.
const (
	// RefuseNew refuses all, also those of a node's own side.
	RefuseNew New = iota
	// AllowNew lets all pass: the cut lasts until a node redials.
	AllowNew
	// AskNew lets package gate decide about each, which takes a running program.
	AskNew
)

// Errors that a plan can fail with, wrapped with the nodes they are about.
var (
	// ErrTold says that nodes cannot be told apart in the way that was asked for.
	ErrTold = errors.New("cannot tell nodes apart")
	// ErrTooMany says that the plan has more than [MaxEnds], or more rules than a
	// firewall can bear.
	ErrTooMany = errors.New("too many rules")
)

// Make returns the plan for a split. The table is that in which the nodes were
// found, nil if they were only named. Errors wrap [ErrTold], [ErrTooMany] or, when
// the owner of a node cannot be seen, [sockets.ErrPermission].
func Make(split *partition.Split, table sockets.Table, o Options) (*Plan, error) {
	p := &planner{split: split, table: table, options: o, plan: &Plan{Rules: []Rule{resetsPass}, About: aboutSplit(split, o.Since)}}
	p.index()
	var err error
	if o.By == User {
		p.plan.Hook = Output
		err = p.byUser()
	} else {
		err = p.byPlace()
	}
	if err == nil && p.ends > MaxEnds {
		err = fmt.Errorf("%w: they name more than %d senders and receivers", ErrTooMany, MaxEnds)
	}
	if err != nil {
		return nil, err
	}
	return p.plan, nil
}

type planner struct {
	split   *partition.Split
	table   sockets.Table
	options Options
	plan    *Plan
	ends    int // in the plan so far

	// What follows answers questions about the split, by index of a node.
	at         map[netip.AddrPort]int // who listens there
	everywhere map[uint16]int         // who listens on that port of all addresses
	byPID      map[int][]int
	onHost     map[netip.Addr][]int
	elsewhere  map[int]netip.Addr // nodes that dial from a foreign address: which
	apart      map[hosts]string   // what inseparableHosts has found
}

func (p *planner) index() {
	p.at = make(map[netip.AddrPort]int)
	p.everywhere = make(map[uint16]int)
	p.byPID = make(map[int][]int)
	p.onHost = make(map[netip.Addr][]int)
	p.elsewhere = make(map[int]netip.Addr)
	p.apart = make(map[hosts]string)
	for i := range p.split.Nodes {
		n := &p.split.Nodes[i]
		p.onHost[n.Address.Addr()] = append(p.onHost[n.Address.Addr()], i)
		if n.Wildcard() {
			p.everywhere[n.Address.Port()] = i
		} else {
			p.at[n.Address] = i
		}
		for _, pid := range n.PIDs {
			p.byPID[pid] = append(p.byPID[pid], i)
		}
	}
	for _, c := range p.connections() {
		n := &p.split.Nodes[c.dialer]
		if c.local.Addr() != n.Address.Addr() && !n.Wildcard() {
			p.elsewhere[c.dialer] = c.local.Addr()
		}
	}
}

// between names the nodes that a rule is about: the first of each list, and how
// many more there are.
func (p *planner) between(from, to []int) string {
	name := func(nodes []int) string {
		first := p.split.Nodes[nodes[0]].String()
		if len(nodes) == 1 {
			return first
		}
		return fmt.Sprintf("%s +%d", first, len(nodes)-1)
	}
	comment := fmt.Sprintf("%s%s | %s", tag, name(from), name(to))
	return comment[:min(len(comment), maxComment)]
}

// add adds a rule, unless there are too many already.
func (p *planner) add(r Rule) {
	if p.ends += len(r.From) + len(r.To); p.ends <= MaxEnds {
		p.plan.Rules = append(p.plan.Rules, r)
	}
}

func (p *planner) note(format string, args ...any) {
	p.plan.Notes = append(p.plan.Notes, fmt.Sprintf(format, args...))
}
