package gate

import "encoding/binary"

// What the kernel's headers linux/netlink.h, nfnetlink.h and nfnetlink_queue.h
// call NLMSG_*, NFNL_* and NFQNL_*: the few that are needed. Numbers inside of
// attributes are big-endian, those of the framing are in the machine's own order.
const (
	subsysQueue = 3 << 8

	msgPacket  = subsysQueue
	msgVerdict = subsysQueue | 1
	msgConfig  = subsysQueue | 2
	msgError   = 2

	flagRequest = 1
	flagAck     = 4

	configCommand = 1
	configParams  = 2
	commandBind   = 1
	copyPacket    = 2

	attrPacketHeader  = 1
	attrVerdictHeader = 2
	attrMark          = 3
	attrPayload       = 10

	verdictRepeat = 4

	headerSize  = 16 + 4
	attrMask    = 0x3fff
	headOfBytes = 128 // of each packet: more than its addresses and ports
)

// packet is one that waits for a verdict.
type packet struct {
	id   uint32
	head []byte
}

// message builds a netlink message for a queue.
func message(kind, flags, queue uint16, attrs ...[]byte) []byte {
	m := make([]byte, headerSize)
	for _, a := range attrs {
		m = append(m, a...)
	}
	binary.NativeEndian.PutUint32(m, uint32(len(m)))
	binary.NativeEndian.PutUint16(m[4:], kind)
	binary.NativeEndian.PutUint16(m[6:], flagRequest|flags)
	binary.BigEndian.PutUint16(m[18:], queue)
	return m
}

// attr builds an attribute, padded to 4 bytes.
func attr(kind uint16, value []byte) []byte {
	a := make([]byte, 4, 4+len(value)+3)
	binary.NativeEndian.PutUint16(a, uint16(4+len(value)))
	binary.NativeEndian.PutUint16(a[2:], kind)
	a = append(a, value...)
	return append(a, make([]byte, -len(a)&3)...)
}

func be32(values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

func bindMessage(queue uint16) []byte {
	return message(msgConfig, flagAck, queue, attr(configCommand, []byte{commandBind, 0, 0, 0}))
}

func copyMessage(queue uint16) []byte {
	return message(msgConfig, flagAck, queue, attr(configParams, append(be32(headOfBytes), copyPacket)))
}

func verdictMessage(queue uint16, id, verdict, mark uint32) []byte {
	attrs := [][]byte{attr(attrVerdictHeader, be32(verdict, id))}
	if mark != 0 {
		attrs = append(attrs, attr(attrMark, be32(mark)))
	}
	return message(msgVerdict, 0, queue, attrs...)
}

// parse reads the messages that one read returned: packets, and the error numbers
// of refused or acknowledged (0) requests.
func parse(b []byte) (packets []packet, acks []int32) {
	for len(b) >= 16 {
		size := int(binary.NativeEndian.Uint32(b))
		if size < 16 || size > len(b) {
			return packets, acks
		}
		body := b[16:size]
		switch binary.NativeEndian.Uint16(b[4:]) {
		case msgError:
			if len(body) >= 4 {
				acks = append(acks, int32(binary.NativeEndian.Uint32(body)))
			}
		case msgPacket:
			if p, ok := parsePacket(body); ok {
				packets = append(packets, p)
			}
		}
		b = b[min(len(b), (size+3)&^3):]
	}
	return packets, acks
}

func parsePacket(body []byte) (p packet, ok bool) {
	if len(body) < 4 {
		return p, false
	}
	for b := body[4:]; len(b) >= 4; {
		size := int(binary.NativeEndian.Uint16(b))
		if size < 4 || size > len(b) {
			return p, ok
		}
		value := b[4:size]
		switch binary.NativeEndian.Uint16(b[2:]) & attrMask {
		case attrPacketHeader:
			if len(value) >= 4 {
				p.id, ok = binary.BigEndian.Uint32(value), true
			}
		case attrPayload:
			p.head = value
		}
		b = b[min(len(b), (size+3)&^3):]
	}
	return p, ok
}
