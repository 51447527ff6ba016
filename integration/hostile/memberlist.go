package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"strings"
	"syscall"
	"time"
)

// What is like the inputs for Ringpop's nodes in memberlist's protocol: messages of a type
// and MessagePack, over UDP and TCP.

const (
	mlPing, mlIndirect, mlAck, mlSuspect, mlAlive, mlDead, mlPushPull, mlCompound = 0, 1, 2, 3, 4, 5, 6, 7
	mlUser, mlCompress, mlError                                                   = 8, 9, 13
)

var memberlistInputs = []input{
	{group: handshakes, name: "HTTP", memberlist: stream(httpGet)},
	{group: handshakes, name: "a hello of TLS", memberlist: stream(tlsHello)},
	{group: handshakes, name: "64 KB of noise", memberlist: stream(noise(64 << 10))},
	{group: frames, name: "unknown type", memberlist: stream([]byte{0x42})},
	{group: frames, name: "unknown type in a packet", memberlist: packet([]byte{0x42})},
	{group: frames, name: "a packet of noise", memberlist: packet(noise(1400))},
	{group: frames, name: "a compound packet that is cut off", memberlist: packet([]byte{mlCompound, 255, 1})},
	{group: frames, name: "compressed noise", memberlist: stream(message(mlCompress, field{"Algo", 0}, field{"Buf", noise(1000)}))},
	{group: frames, name: "compressed by an unknown algorithm", memberlist: stream(message(mlCompress, field{"Algo", 9}, field{"Buf", noise(1000)}))},
	{group: bodies, name: "a million empty changes", memberlist: stream(pushPull(math.MaxInt32, 0))},
	{group: bodies, name: "-1 changes", memberlist: stream(pushPull(-1, 0))},
	{group: bodies, name: "a body of 17 MB", memberlist: stream(pushPull(0, math.MaxInt32))},
	{group: bodies, name: "nested 100,000 deep", memberlist: stream(append([]byte{mlPushPull}, []byte(strings.Repeat("\x91", 100_000))...))},
	{group: bodies, name: "50,000 fabricated members at once", memberlist: stream(pushPull(50_000, 0), states(0, 50_000))},
	{group: bodies, name: "no address", memberlist: packet(alive("nobody", nil, 1, usual))},
	{group: bodies, name: "an address that is none", memberlist: packet(alive("odd", []byte{1, 2, 3}, 1, usual))},
	{group: bodies, name: "no name", memberlist: packet(alive("", []byte{127, 0, 0, 1}, 1, usual))},
	{group: bodies, name: "versions that are none", memberlist: packet(alive("versions", []byte{127, 0, 0, 1}, 1, []byte{255, 255, 255, 255, 255, 255}))},
	{group: bodies, name: "no versions", memberlist: packet(alive("versions", []byte{127, 0, 0, 1}, 1, nil))},
	{group: bodies, name: "a name of 60 KB", memberlist: packet(alive(strings.Repeat("x", 60_000), []byte{127, 0, 0, 1}, 1, usual))},
	{group: bodies, name: "a ping-req for a host that is no member", memberlist: packet(message(mlIndirect,
		field{"SeqNo", 1}, field{"Target", []byte{127, 0, 0, 1}}, field{"Port", 22}, field{"Node", "x"}))},
	{group: slow, name: "a connection that says nothing", memberlist: stream()},
	{group: slow, name: "half a message", memberlist: stream(pushPull(1, 0))},
	{group: floods, name: "10,000 connections that say nothing", memberlist: crowd(10_000, false)},
	{group: floods, name: "20,000 joins", memberlist: joins(2_000)},
	{group: powers, name: "50,000 fabricated members in pings of 1,000", memberlist: fabricatePackets},
	{group: powers, name: "it is dead, says a member", memberlist: accuse(func(a *attack) string { return a.target }, mlDead, 1<<30)},
	{group: powers, name: "it is dead for a hundred years", memberlist: accuse(func(a *attack) string { return a.target }, mlDead, math.MaxUint32)},
	{group: powers, name: "a tombstone of a member that lives", memberlist: accuse(func(a *attack) string { return a.friend }, mlDead, math.MaxUint32)},
}

// usual are the versions that a node of today announces.
var usual = []byte{1, 5, 2, 2, 5, 4}

// field is one of a message.
type field struct {
	name  string
	value any
}

func message(kind byte, fields ...field) []byte { return append([]byte{kind}, pack(fields)...) }

// pack encodes fields as MessagePack.
func pack(fields []field) []byte {
	b := []byte{0x80 | byte(len(fields))}
	for _, f := range fields {
		b = packText(b, f.name)
		switch v := f.value.(type) {
		case int:
			b = binary.BigEndian.AppendUint64(append(b, 0xd3), uint64(int64(v)))
		case string:
			b = packText(b, v)
		case []byte:
			b = packText(b, string(v))
		}
	}
	return b
}

func packText(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(append(b, 0xda), uint16(len(s))), s...)
}

func alive(name string, ip []byte, incarnation int, versions []byte) []byte {
	return message(mlAlive, field{"Incarnation", incarnation}, field{"Node", name}, field{"Addr", ip}, field{"Port", 3000}, field{"Vsn", versions})
}

// pushPull begins a full sync of so many members.
func pushPull(members, userState int) []byte {
	return append([]byte{mlPushPull}, pack([]field{{"Nodes", members}, {"UserStateLen", userState}})...)
}

func states(from, n int) []byte {
	var b []byte
	for i := from; i < from+n; i++ {
		b = append(b, pack([]field{
			{"Name", fmt.Sprintf("fabricated-%d", i)}, {"Addr", []byte{127, 99, byte(i / 250), byte(i%250 + 1)}}, {"Port", 3000},
			{"Incarnation", 1}, {"State", 0}, {"Vsn", usual},
		})...)
	}
	return b
}

// stream sends bytes over TCP and waits for the end.
func stream(b ...[]byte) func(*attack) {
	return func(a *attack) {
		c := a.dial()
		if c == nil {
			return
		}
		for _, part := range b {
			write(c, part)
		}
		a.listen(c, func(r io.Reader) (string, error) {
			var kind [1]byte
			if _, err := io.ReadFull(r, kind[:]); err != nil {
				return "", err
			}
			if kind[0] == mlError {
				return "refused", nil
			}
			return "answered", nil
		})
	}
}

// packet sends a datagram.
func packet(b []byte) func(*attack) {
	return func(a *attack) {
		c, err := net.Dial("udp", a.target)
		if err != nil {
			a.see(err.Error())
			return
		}
		a.open = append(a.open, c)
		_, _ = c.Write(b)
		a.see("no answer")
	}
}

func accuse(whom func(*attack) string, kind byte, incarnation int) func(*attack) {
	return func(a *attack) {
		packet(message(kind, field{"Incarnation", incarnation}, field{"Node", whom(a)}, field{"From", a.friend}))(a)
	}
}

func fabricatePackets(a *attack) {
	for i := range a.times(50_000) {
		packet(alive(fmt.Sprintf("fabricated-%d", i), []byte{127, 99, byte(i / 250), byte(i%250 + 1)}, 1, usual))(a)
		last := len(a.open) - 1
		a.open[last].Close()
		a.open = a.open[:last]
		if i%50 == 0 {
			time.Sleep(time.Millisecond) // its queue holds 1,024
		}
	}
}

// joins makes full syncs one after the other, on a connection each.
func joins(n int) func(*attack) {
	return func(a *attack) {
		answered := 0
		for range a.times(n) {
			one := &attack{target: a.target, friend: a.friend, wait: a.wait}
			stream(pushPull(0, 0))(one)
			one.close()
			if one.seen == "answered" {
				answered++
			}
		}
		a.see(fmt.Sprintf("%d of %d answered", answered, a.times(n)))
	}
}

// answersPing reports whether a node of memberlist answers a ping over TCP.
func answersPing(address string, within time.Duration) error {
	c, err := net.DialTimeout("tcp", address, within)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(within))
	if _, err := c.Write(message(mlPing, field{"SeqNo", 1}, field{"Node", address})); err != nil {
		return err
	}
	var kind [1]byte
	if _, err := io.ReadFull(c, kind[:]); err != nil {
		return err
	}
	if kind[0] != mlAck && kind[0] != mlCompress { // it compresses even this
		return fmt.Errorf("a ping is answered by a message of type %d", kind[0])
	}
	return nil
}

func isReset(err error) bool { return errors.Is(err, syscall.ECONNRESET) }
