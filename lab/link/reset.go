package link

import "encoding/binary"

// Fields of IPv4 and TCP headers (RFC 791, RFC 9293).
const (
	ipHeader    = 20
	tcpHeader   = 20
	protocolTCP = 6

	flagFIN, flagSYN, flagRST, flagACK = 1, 2, 4, 16
)

// resetFor returns the packet with which a host refuses a TCP packet: the reset that
// RFC 9293, section 3.10.7.1, describes. It returns nil when the packet is none, or a
// reset itself, which is never answered.
func resetFor(packet []byte) []byte {
	segment, ok := tcpOf(packet)
	if !ok || segment[13]&flagRST != 0 {
		return nil
	}
	flags := segment[13]
	out := make([]byte, ipHeader+tcpHeader)
	out[0], out[8], out[9] = 0x45, 64, protocolTCP
	binary.BigEndian.PutUint16(out[2:], uint16(len(out)))
	copy(out[12:16], packet[16:20])
	copy(out[16:20], packet[12:16])
	binary.BigEndian.PutUint16(out[10:], ^sum(0, out[:ipHeader]))

	tcp := out[ipHeader:]
	copy(tcp[0:2], segment[2:4])
	copy(tcp[2:4], segment[0:2])
	tcp[12], tcp[13] = tcpHeader/4<<4, flagRST
	if flags&flagACK != 0 {
		copy(tcp[4:8], segment[8:12])
	} else {
		length := uint32(len(segment) - int(segment[12]>>4)*4)
		if flags&flagSYN != 0 {
			length++
		}
		if flags&flagFIN != 0 {
			length++
		}
		tcp[13] |= flagACK
		binary.BigEndian.PutUint32(tcp[8:], binary.BigEndian.Uint32(segment[4:])+length)
	}
	pseudo := uint32(protocolTCP + tcpHeader)
	binary.BigEndian.PutUint16(tcp[16:], ^sum(uint32(sum(pseudo, out[12:20])), tcp))
	return out
}

// tcpOf returns the TCP segment in an IPv4 packet that holds a whole header of it.
func tcpOf(packet []byte) (segment []byte, ok bool) {
	if len(packet) < ipHeader || packet[0]>>4 != 4 {
		return nil, false
	}
	header, length := int(packet[0]&15)*4, int(binary.BigEndian.Uint16(packet[2:]))
	fragment := binary.BigEndian.Uint16(packet[6:]) & 0x1fff
	if header < ipHeader || length > len(packet) || length < header+tcpHeader || packet[9] != protocolTCP || fragment != 0 {
		return nil, false
	}
	segment = packet[header:length]
	if offset := int(segment[12]>>4) * 4; offset < tcpHeader || offset > len(segment) {
		return nil, false
	}
	return segment, true
}

// sum is the ones' complement sum of RFC 1071, added to what there is already.
func sum(start uint32, data []byte) uint16 {
	for ; len(data) > 1; data = data[2:] {
		start += uint32(binary.BigEndian.Uint16(data))
	}
	if len(data) == 1 {
		start += uint32(data[0]) << 8
	}
	for start > 0xffff {
		start = start>>16 + start&0xffff
	}
	return uint16(start)
}
