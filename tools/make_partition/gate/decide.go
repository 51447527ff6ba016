package gate

import (
	"net/netip"
	"slices"

	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// MaxNodes is how many nodes the gate is good for. To know whose a new connection is it
// looks through the sockets of all processes, of which there are two for each pair of
// nodes: 40,000 with 200 nodes, which takes half a second on a machine that does nothing
// else. On two cores 100 nodes were cut well; 140 of them waited for answers until those
// of one side gave each other up.
const MaxNodes = 100

// flow is a connection that a process wants to open.
type flow struct{ from, to netip.AddrPort }

// judge knows which process owns which socket at one moment.
type judge struct {
	split *partition.Split
	table map[flow]*sockets.Socket
	pids  [][]int
}

// newJudge finds the nodes' processes anew: a node may have been started again
// since the cut was made.
func newJudge(split *partition.Split, table sockets.Table) *judge {
	j := &judge{split: split, table: make(map[flow]*sockets.Socket), pids: make([][]int, len(split.Nodes))}
	for i := range table {
		s := &table[i]
		j.table[flow{s.Local, s.Remote}] = s
		if s.State != sockets.Listen {
			continue
		}
		if n := slices.IndexFunc(split.Nodes, func(n partition.Node) bool { return n.Address == s.Local }); n >= 0 {
			j.pids[n] = s.PIDs
		}
	}
	return j
}

// listening reports whether the process of every node that listens is known.
func listening(split *partition.Split, table sockets.Table) bool {
	for i := range table {
		s := &table[i]
		if s.State == sockets.Listen && len(s.PIDs) == 0 &&
			slices.ContainsFunc(split.Nodes, func(n partition.Node) bool { return n.Address == s.Local }) {
			return false
		}
	}
	return true
}

// crosses reports whether a flow is between two nodes that may not talk. A flow whose
// sender is unknown, or is not a node, does not cross.
func (j *judge) crosses(f flow) bool {
	s, ok := j.table[f]
	if !ok {
		return false
	}
	to := j.listener(f.to)
	if to < 0 {
		return false
	}
	for from := range j.split.Nodes {
		if s.OwnedBy(j.pids[from]) && j.split.IsCut(from, to) {
			return true
		}
	}
	return false
}

// listener returns the node that a connection is for, -1 if it is none.
func (j *judge) listener(to netip.AddrPort) int {
	everywhere := -1
	for i := range j.split.Nodes {
		n := &j.split.Nodes[i]
		switch {
		case n.Address == to:
			return i
		case n.Wildcard() && n.Address.Port() == to.Port():
			everywhere = i
		}
	}
	return everywhere
}

// parseFlow reads the addresses and ports off an IP packet with TCP in it. IPv6
// extension headers are not followed: packets that open a connection have none.
func parseFlow(packet []byte) (flow, bool) {
	const tcp = 6
	if len(packet) < 20 {
		return flow{}, false
	}
	var from, to netip.Addr
	var ports []byte
	switch packet[0] >> 4 {
	case 4:
		header := int(packet[0]&15) * 4
		if header < 20 || packet[9] != tcp || len(packet) < header+4 {
			return flow{}, false
		}
		from, to = netip.AddrFrom4([4]byte(packet[12:16])), netip.AddrFrom4([4]byte(packet[16:20]))
		ports = packet[header:]
	case 6:
		if len(packet) < 44 || packet[6] != tcp {
			return flow{}, false
		}
		from, to = netip.AddrFrom16([16]byte(packet[8:24])), netip.AddrFrom16([16]byte(packet[24:40]))
		ports = packet[40:]
	default:
		return flow{}, false
	}
	return flow{
		netip.AddrPortFrom(from, uint16(ports[0])<<8|uint16(ports[1])),
		netip.AddrPortFrom(to, uint16(ports[2])<<8|uint16(ports[3])),
	}, true
}
