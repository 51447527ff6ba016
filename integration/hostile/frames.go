package main

import "math"

var zero uint32

// Handshakes of other protocols.
var (
	httpGet  = []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	tlsHello = append([]byte{0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01}, make([]byte, 508)...)
)

var handshakeInputs = []input{
	{group: handshakes, name: "HTTP", ringpop: raw(httpGet)},
	{group: handshakes, name: "a hello of TLS", ringpop: raw(tlsHello)},
	{group: handshakes, name: "64 KB of noise", ringpop: raw(noise(64 << 10))},
	{group: handshakes, name: "init of version 1", ringpop: raw(initFrame(1, "host_port", "", "process_name", ""))},
	{group: handshakes, name: "init without headers", ringpop: raw(initFrame(2))},
	{group: handshakes, name: "init with cut headers", ringpop: raw(frame(kindInitReq, 1, []byte{0, 2, 0, 9, 0}))},
	{group: handshakes, name: "a call before init", ringpop: raw(bent(func(*call) {}))},
	{group: handshakes, name: "init twice", ringpop: shaken(goodInit())},
}

var frameInputs = []input{
	{group: frames, name: "size 0", ringpop: shaken(sized(0, bent(func(*call) {})))},
	{group: frames, name: "size 15", ringpop: shaken(sized(15, bent(func(*call) {})))},
	{group: frames, name: "unknown type", ringpop: shaken(frame(0x42, 1, nil))},
	{group: frames, name: "unknown checksum type", ringpop: shaken(bent(func(c *call) { c.sumType, c.sum = 4, &zero }))},
	{group: frames, name: "FarmHash, which is defined and never used", ringpop: shaken(bent(func(c *call) { c.sumType, c.sum = 2, &zero }))},
	{group: frames, name: "wrong checksum", ringpop: shaken(bent(func(c *call) { c.sum = &zero }))},
	{group: frames, name: "a call without arguments", ringpop: shaken(bent(func(c *call) { c.args = nil }))},
	{group: frames, name: "a call with two arguments", ringpop: shaken(bent(func(c *call) { c.args = c.args[:2] }))},
	{group: frames, name: "an argument longer than its frame", ringpop: shaken(func() []byte {
		b := bent(func(*call) {})
		return sized(uint16(len(b)-1), b)
	}())},
	{group: frames, name: "a continuation of nothing", ringpop: shaken(frame(kindCallReqCont, 99, append([]byte{0}, fragment(0, nil, [][]byte{[]byte("x")})...)))},
	{group: frames, name: "an empty continuation", ringpop: shaken(
		bent(func(c *call) { c.flags, c.sumType = more, 0 }),
		frame(kindCallReqCont, 7, []byte{0, 0}))},
	{group: frames, name: "an answer to no call", ringpop: shaken(frame(kindCallRes, 1, append([]byte{0, 0}, make([]byte, tracingSize+3)...)))},
	{group: frames, name: "the id of a call that is open", ringpop: shaken(
		bent(func(c *call) { c.flags, c.sumType = more, 0 }),
		bent(func(c *call) { c.flags, c.sumType = more, 0 }))},
	{group: frames, name: "time to live 0", ringpop: shaken(bent(func(c *call) { c.ttl = 0 }))},
	{group: frames, name: "time to live of 49 days", ringpop: shaken(bent(func(c *call) { c.ttl = math.MaxUint32 }))},
	{group: frames, name: "no service", ringpop: shaken(bent(func(c *call) { c.service = "" }))},
	{group: frames, name: "another service", ringpop: shaken(bent(func(c *call) { c.service = "other" }))},
	{group: frames, name: "another scheme", ringpop: shaken(bent(func(c *call) { c.scheme = "thrift" }))},
	{group: frames, name: "an unknown endpoint", ringpop: shaken(newCall("/nowhere", "{}").frame())},
	{group: frames, name: "headers that are no object", ringpop: shaken(bent(func(c *call) { c.args[1] = []byte("[1]") }))},
	{group: frames, name: "introspection by the library", ringpop: shaken(bent(func(c *call) {
		c.service, c.args[0], c.args[2] = "tchannel", []byte("_gometa_introspect"), []byte(`{"includeGoStacks":true}`)
	}))},
}

// noise is the same bytes each time that look like nothing.
func noise(n int) []byte {
	b, state := make([]byte, n), uint32(2463534242)
	for i := range b {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		b[i] = byte(state)
	}
	return b
}
