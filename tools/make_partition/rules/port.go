package rules

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// connection is one that a node dialled to a node.
type connection struct {
	dialer, acceptor int
	local, remote    netip.AddrPort
}

// connections returns the connections between nodes in the order of the table,
// each once: as its dialer has it.
func (p *planner) connections() []connection {
	var found []connection
	for i := range p.table {
		s := &p.table[i]
		if s.State != sockets.Established && s.State != sockets.Connecting {
			continue
		}
		acceptor, ok := p.at[s.Remote]
		if !ok {
			if acceptor, ok = p.everywhere[s.Remote.Port()]; !ok || !p.accepts(acceptor, s) {
				continue
			}
		}
		for _, pid := range s.PIDs {
			for _, dialer := range p.byPID[pid] {
				found = append(found, connection{dialer, acceptor, s.Local, s.Remote})
			}
		}
	}
	return found
}

// accepts reports whether the other end of a connection is a node's. A node that
// listens on all addresses of this machine need not be the one that listens on that
// port of another machine.
func (p *planner) accepts(node int, s *sockets.Socket) bool {
	pids := p.split.Nodes[node].PIDs
	return slices.ContainsFunc(p.table, func(other sockets.Socket) bool {
		return other.Local == s.Remote && other.Remote == s.Local && other.OwnedBy(pids)
	})
}

// byPort refuses the connections between these pairs that exist, and new ones to
// any of the nodes.
func (p *planner) byPort(pairs []partition.Pair) error {
	cut := make(map[partition.Pair]bool, len(pairs))
	involved := make(map[int]bool)
	for _, pair := range pairs {
		cut[pair] = true
		involved[pair.A], involved[pair.B] = true, true
	}
	if err := p.visible(involved); err != nil {
		return err
	}
	for _, c := range p.connections() {
		if !cut[partition.Pair{A: min(c.dialer, c.acceptor), B: max(c.dialer, c.acceptor)}] {
			continue
		}
		local, remote := []netip.AddrPort{c.local}, []netip.AddrPort{c.remote}
		comment := p.between([]int{c.dialer}, []int{c.acceptor})
		p.add(Rule{From: local, To: remote, Comment: comment})
		p.add(Rule{From: remote, To: local, Comment: comment})
	}
	if p.table == nil {
		p.note("connections that exist are not known without a list of sockets, and stay")
	}
	switch p.options.New {
	case AllowNew:
		p.note("new connections are allowed: the cut lasts until a node redials")
		return nil
	case AskNew:
		p.decideNew(involved, Ask)
		return nil
	}
	p.decideNew(involved, Refuse)
	p.note("nodes that share an address are cut by port (%s): new connections to them are all refused, those of their own side and of admin tools too; one address per node has no such limit", p.inseparable(pairs[0]))
	return nil
}

// visible makes sure that the processes behind the nodes can be seen: without
// them no connection can be told to be a node's.
func (p *planner) visible(involved map[int]bool) error {
	for i := range p.split.Nodes {
		n := &p.split.Nodes[i]
		if involved[i] && n.Address.Port() == 0 {
			return fmt.Errorf("%w by port: %s has none", ErrTold, n)
		}
		if involved[i] && p.table != nil && len(n.PIDs) == 0 {
			return fmt.Errorf("%w to see which process is %s: list the sockets as root", sockets.ErrPermission, n)
		}
	}
	return nil
}

// decideNew gives a verdict on all new connections to these nodes.
func (p *planner) decideNew(involved map[int]bool, verdict Verdict) {
	for i := range p.split.Nodes {
		if !involved[i] {
			continue
		}
		n := &p.split.Nodes[i]
		p.add(Rule{SYN: true, Verdict: verdict, To: []netip.AddrPort{end(n)}, Comment: fmt.Sprintf("%snew connections to %s", tag, n)})
	}
}
