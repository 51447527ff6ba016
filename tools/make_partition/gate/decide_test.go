package gate

import (
	"net/netip"
	"testing"

	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

func at(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func TestOnlyWhatCrossesTheCutIsRefused(t *testing.T) {
	split := &partition.Split{
		Nodes: []partition.Node{{Address: at("127.0.0.1:3000")}, {Address: at("127.0.0.1:3001")}, {Address: at("0.0.0.0:3002")}},
		Cut:   []partition.Pair{{A: 0, B: 2}, {A: 1, B: 2}},
	}
	dialing := func(pid int, from, to string) sockets.Socket {
		return sockets.Socket{State: sockets.Connecting, Local: at(from), Remote: at(to), PIDs: []int{pid}}
	}
	listening := func(pid int, at netip.AddrPort) sockets.Socket {
		return sockets.Socket{State: sockets.Listen, Local: at, PIDs: []int{pid}}
	}
	j := newJudge(split, sockets.Table{
		listening(10, split.Nodes[0].Address), listening(11, split.Nodes[1].Address), listening(12, split.Nodes[2].Address),
		listening(99, at("127.0.0.1:9999")),
		dialing(10, "127.0.0.1:50000", "127.0.0.1:3002"),
		dialing(10, "127.0.0.1:50001", "127.0.0.1:3001"),
		dialing(12, "127.0.0.1:50002", "127.0.0.1:3001"),
		dialing(99, "127.0.0.1:50003", "127.0.0.1:3002"),
		dialing(12, "127.0.0.1:50004", "127.0.0.1:3002"),
		dialing(10, "127.0.0.1:50005", "127.0.0.1:9999"),
	})
	for _, tt := range []struct {
		name, from, to string
		want           bool
	}{
		{"from side to side", "127.0.0.1:50000", "127.0.0.1:3002", true},
		{"and back", "127.0.0.1:50002", "127.0.0.1:3001", true},
		{"inside a side", "127.0.0.1:50001", "127.0.0.1:3001", false},
		{"from an admin", "127.0.0.1:50003", "127.0.0.1:3002", false},
		{"to oneself", "127.0.0.1:50004", "127.0.0.1:3002", false},
		{"to another server", "127.0.0.1:50005", "127.0.0.1:9999", false},
		{"from a socket that no process has", "127.0.0.1:50006", "127.0.0.1:3002", false},
	} {
		if got := j.crosses(flow{at(tt.from), at(tt.to)}); got != tt.want {
			t.Errorf("%s: crosses = %v, want %v", tt.name, got, tt.want)
		}
	}
}

// The nodes' processes are searched again when one of their listeners has no owner.
func TestANodeThatIsAnotherProcessIsNoticed(t *testing.T) {
	split := &partition.Split{Nodes: []partition.Node{{Address: at("127.0.0.1:3000")}, {Address: at("0.0.0.0:3001")}}}
	socket := func(state sockets.State, local string, pids ...int) sockets.Socket {
		return sockets.Socket{State: state, Local: at(local), PIDs: pids}
	}
	first, second := socket(sockets.Listen, "127.0.0.1:3000", 10), socket(sockets.Listen, "0.0.0.0:3001", 11)
	for _, tt := range []struct {
		name  string
		table sockets.Table
		want  bool
	}{
		{"both are who they were", sockets.Table{first, second}, true},
		{"one is down", sockets.Table{second}, true},
		{"one is somebody else", sockets.Table{first, socket(sockets.Listen, "0.0.0.0:3001")}, false},
		{"so is somebody who is no node", sockets.Table{first, second, socket(sockets.Listen, "127.0.0.1:9999")}, true},
		{"so is somebody who dials", sockets.Table{first, second, socket(sockets.Connecting, "127.0.0.1:3000")}, true},
	} {
		if got := listening(split, tt.table); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// The heads of real packets that open a connection.
var (
	syn4 = []byte("\x45\x00\x00\x3c\x00\x00\x40\x00\x40\x06\x00\x00\x7f\x00\x00\x01\x7f\x00\x00\x02\xc3\x50\x0b\xb8")
	syn6 = []byte("\x60\x00\x00\x00\x00\x28\x06\x40" +
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" +
		"\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\xc3\x50\x0b\xb8")
)

func TestParseFlow(t *testing.T) {
	for _, tt := range []struct {
		packet   []byte
		from, to string
	}{{syn4, "127.0.0.1:50000", "127.0.0.2:3000"}, {syn6, "[::1]:50000", "[fd00::2]:3000"}} {
		f, ok := parseFlow(tt.packet)
		if want := (flow{at(tt.from), at(tt.to)}); !ok || f != want {
			t.Errorf("parseFlow = %v, %v, want %v", f, ok, want)
		}
		for n := range tt.packet {
			if f, ok := parseFlow(tt.packet[:n]); ok {
				t.Errorf("parseFlow of %d bytes = %v", n, f)
			}
		}
	}
}

func FuzzParseFlow(f *testing.F) {
	f.Add(syn4)
	f.Add(syn6)
	f.Fuzz(func(t *testing.T, b []byte) {
		if flow, ok := parseFlow(b); ok && (!flow.from.IsValid() || !flow.to.IsValid()) {
			t.Errorf("parseFlow = %v", flow)
		}
	})
}

func TestMessagesAreReadAsTheyAreWritten(t *testing.T) {
	header := append(be32(7), 8, 0, 1, 0) // the id, then what is not looked at
	m := message(msgPacket, 0, 5, attr(attrPacketHeader, header[:7]), attr(attrMark, be32(1)), attr(attrPayload, syn4))
	ack := message(msgError, 0, 0)
	packets, acks := parse(append(m, ack...))
	if len(packets) != 1 || packets[0].id != 7 || string(packets[0].head) != string(syn4) || len(acks) != 1 {
		t.Errorf("parse = %v, %v", packets, acks)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(message(msgPacket, 0, 5, attr(attrPacketHeader, be32(7, 1)), attr(attrPayload, syn4)))
	f.Add(message(msgError, 0, 0))
	f.Fuzz(func(_ *testing.T, b []byte) { parse(b) })
}
