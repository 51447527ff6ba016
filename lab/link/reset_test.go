package link

import (
	"encoding/binary"
	"testing"
)

// segment is a TCP packet from 10.0.0.1:1000 to 10.0.0.2:2000.
func segment(flags byte, seq, ack uint32, data int) []byte {
	p := make([]byte, ipHeader+tcpHeader+data)
	p[0], p[8], p[9] = 0x45, 64, protocolTCP
	binary.BigEndian.PutUint16(p[2:], uint16(len(p)))
	copy(p[12:], []byte{10, 0, 0, 1, 10, 0, 0, 2})
	tcp := p[ipHeader:]
	binary.BigEndian.PutUint16(tcp[0:], 1000)
	binary.BigEndian.PutUint16(tcp[2:], 2000)
	binary.BigEndian.PutUint32(tcp[4:], seq)
	binary.BigEndian.PutUint32(tcp[8:], ack)
	tcp[12], tcp[13] = 0x50, flags
	return p
}

func TestARefusalIsTheResetOfTheRFC(t *testing.T) {
	for _, test := range []struct {
		name               string
		in                 []byte
		flags              byte
		sequence, acknowlg uint32
	}{
		{"a connection being opened", segment(flagSYN, 77, 0, 0), flagRST | flagACK, 0, 78},
		{"data", segment(flagACK, 5, 900, 10), flagRST, 900, 0},
		{"data without ACK", segment(0, 5, 0, 10), flagRST | flagACK, 0, 15},
		{"the end of a connection", segment(flagFIN, 5, 0, 0), flagRST | flagACK, 0, 6},
	} {
		out := resetFor(test.in)
		if out == nil {
			t.Errorf("%s: no answer", test.name)
			continue
		}
		tcp := out[ipHeader:]
		if tcp[13] != test.flags || binary.BigEndian.Uint32(tcp[4:]) != test.sequence || binary.BigEndian.Uint32(tcp[8:]) != test.acknowlg {
			t.Errorf("%s: flags %#x, sequence %d, acknowledged %d", test.name, tcp[13], binary.BigEndian.Uint32(tcp[4:]), binary.BigEndian.Uint32(tcp[8:]))
		}
		if [4]byte(out[12:16]) != [4]byte{10, 0, 0, 2} || binary.BigEndian.Uint16(tcp[0:]) != 2000 || binary.BigEndian.Uint16(tcp[2:]) != 1000 {
			t.Errorf("%s: it does not come from the other end: % x", test.name, out)
		}
		// A sum over data and its checksum is all ones.
		if sum(0, out[:ipHeader]) != 0xffff || sum(uint32(sum(protocolTCP+tcpHeader, out[12:20])), tcp) != 0xffff {
			t.Errorf("%s: wrong checksums: % x", test.name, out)
		}
	}
	if resetFor(segment(flagRST, 1, 0, 0)) != nil {
		t.Error("a reset is answered with a reset")
	}
}

func TestACutThatResets(t *testing.T) {
	n := New(2, 1)
	if err := n.Cut("x", Reset, []Link{{0, 1}}); err != nil {
		t.Fatal(err)
	}
	n.Send(0, 0, 1, segment(flagSYN, 1, 0, 0))
	n.Send(0, 0, 1, packet(1, 40)) // no TCP
	got := n.Deliver(0, nil)
	if len(got) != 1 || got[0].To != 0 || got[0].Packet[ipHeader+13]&flagRST == 0 {
		t.Errorf("%+v", got)
	}
	if c := n.Counts(0, 1); c.Cut != 2 || c.Refused != 1 {
		t.Errorf("%+v", c)
	}
}

func FuzzReset(f *testing.F) {
	f.Add(segment(flagSYN, 1, 0, 0))
	f.Add(segment(flagACK, 1, 5, 30))
	f.Add([]byte{0x45})
	f.Fuzz(func(t *testing.T, packet []byte) {
		if out := resetFor(packet); out != nil && (len(out) != ipHeader+tcpHeader || resetFor(out) != nil) {
			t.Errorf("% x is answered with % x", packet, out)
		}
	})
}
