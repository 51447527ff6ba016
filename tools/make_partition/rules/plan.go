package rules

import (
	"errors"
	"fmt"
	"net/netip"

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
}

// New is a way to treat connections when nobody knows yet whose they will be.
type New uint8

// The ways.
const (
	// RefuseNew refuses all, also those of a node's own side.
	RefuseNew New = iota
	// AllowNew leaves all alone, so that the cut lasts until somebody redials.
	AllowNew
	// AskNew lets package gate decide about each, which takes a running program.
	AskNew
)

// Errors that a plan can fail with, wrapped with the nodes they are about.
var (
	// ErrTold says that nodes cannot be told apart in the way that was asked for.
	ErrTold = errors.New("cannot tell nodes apart")
	// ErrTooMany says that the plan has more than [MaxRules].
	ErrTooMany = errors.New("too many rules")
)

// Make returns the plan for a split. The table is that in which the nodes were
// found, nil if they were only named. Errors wrap [ErrTold], [ErrTooMany] or, when
// the owner of a node cannot be seen, [sockets.ErrPermission].
func Make(split *partition.Split, table sockets.Table, o Options) (*Plan, error) {
	p := &planner{split: split, table: table, options: o, plan: &Plan{Rules: []Rule{resetsPass}}}
	p.index()
	var err error
	if o.By == User {
		p.plan.Hook = Output
		err = p.byUser()
	} else {
		err = p.byPlace()
	}
	if err == nil && len(p.plan.Rules) > MaxRules {
		err = fmt.Errorf("%w: %d, at most %d are allowed", ErrTooMany, len(p.plan.Rules), MaxRules)
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

	// What follows answers questions about the split, by index of a node.
	at         map[netip.AddrPort]int // who listens there
	everywhere map[uint16]int         // who listens on that port of all addresses
	byPID      map[int][]int
	onHost     map[netip.Addr][]int
	elsewhere  map[int]netip.Addr // nodes that dial from a foreign address: which
}

func (p *planner) index() {
	p.at = make(map[netip.AddrPort]int)
	p.everywhere = make(map[uint16]int)
	p.byPID = make(map[int][]int)
	p.onHost = make(map[netip.Addr][]int)
	p.elsewhere = make(map[int]netip.Addr)
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

// byPlace goes by address for the pairs of nodes where that is enough, and by
// port for the others.
func (p *planner) byPlace() error {
	var byPort []partition.Pair
	for _, pair := range p.split.Cut {
		why := p.inseparable(pair)
		switch {
		case p.options.By == Port || p.options.By == Auto && why != "":
			byPort = append(byPort, pair)
			continue
		case why != "":
			return fmt.Errorf("%w by address: %s", ErrTold, why)
		}
		p.refusePair(pair)
		if len(p.plan.Rules) > MaxRules {
			return fmt.Errorf("%w: more than %d", ErrTooMany, MaxRules)
		}
	}
	if len(byPort) == 0 {
		return nil
	}
	return p.byPort(byPort)
}

// inseparable says why two nodes cannot be told apart by address, "" if they can.
func (p *planner) inseparable(pair partition.Pair) string {
	a, b := &p.split.Nodes[pair.A], &p.split.Nodes[pair.B]
	if !a.Wildcard() && !b.Wildcard() && a.Address.Addr().Is4() != b.Address.Addr().Is4() {
		return "" // they cannot reach each other as it is
	}
	for _, i := range []int{pair.A, pair.B} {
		n := &p.split.Nodes[i]
		if n.Wildcard() {
			return fmt.Sprintf("%s listens on all addresses", n)
		}
		if from, ok := p.elsewhere[i]; ok {
			return fmt.Sprintf("%s dials from %s, not from its own address", n, from)
		}
	}
	if a.Address.Addr() == b.Address.Addr() {
		return fmt.Sprintf("%s and %s share an address", a, b)
	}
	for _, i := range p.onHost[a.Address.Addr()] {
		for _, j := range p.onHost[b.Address.Addr()] {
			if !p.split.IsCut(i, j) {
				return fmt.Sprintf("%s and %s may talk, and share the addresses of %s and %s",
					&p.split.Nodes[i], &p.split.Nodes[j], a, b)
			}
		}
	}
	return ""
}

// refusePair refuses what either node sends to the other, whoever dialled. With
// the ports in the rules all else between the two addresses is left alone; a node
// without a port is all of its host.
func (p *planner) refusePair(pair partition.Pair) {
	a, b := &p.split.Nodes[pair.A], &p.split.Nodes[pair.B]
	if a.Address.Addr().Is4() != b.Address.Addr().Is4() {
		return // nothing to refuse
	}
	comment := fmt.Sprintf("%s%s | %s", tag, a, b)
	for _, way := range [][2]*partition.Node{{a, b}, {b, a}} {
		from, to := way[0].Address, way[1].Address
		r := Rule{From: from.Addr(), To: to.Addr(), Comment: comment}
		if to.Port() == 0 || from.Port() == 0 {
			p.add(r)
			continue
		}
		call, answer := r, r
		call.ToPort, answer.FromPort = to.Port(), from.Port()
		p.add(call)
		p.add(answer)
	}
}

func (p *planner) add(r Rule) { p.plan.Rules = append(p.plan.Rules, r) }

func (p *planner) note(format string, args ...any) {
	p.plan.Notes = append(p.plan.Notes, fmt.Sprintf(format, args...))
}
