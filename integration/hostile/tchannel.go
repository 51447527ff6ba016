package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"strings"
)

// Frames of TChannel, by the protocol's document, made by hand: no library sends what is
// wrong.

const (
	kindInitReq     = 0x01
	kindInitRes     = 0x02
	kindCallReq     = 0x03
	kindCallRes     = 0x04
	kindCallReqCont = 0x13
	kindPingRes     = 0xd1
	kindError       = 0xff

	headerSize  = 16
	tracingSize = 25
	more        = 0x01 // the flag of a fragment that is not the last
	maxChunk    = 60_000
)

func frame(kind byte, id uint32, payload []byte) []byte {
	b := make([]byte, headerSize, headerSize+len(payload))
	binary.BigEndian.PutUint16(b, uint16(headerSize+len(payload)))
	b[2] = kind
	binary.BigEndian.PutUint32(b[4:], id)
	return append(b, payload...)
}

// sized changes what a frame says of its size.
func sized(n uint16, b []byte) []byte {
	binary.BigEndian.PutUint16(b, n)
	return b
}

func initFrame(version uint16, headers ...string) []byte {
	p := binary.BigEndian.AppendUint16(nil, version)
	p = binary.BigEndian.AppendUint16(p, uint16(len(headers)/2))
	for _, h := range headers {
		p = binary.BigEndian.AppendUint16(p, uint16(len(h)))
		p = append(p, h...)
	}
	return frame(kindInitReq, 1, p)
}

func goodInit() []byte {
	return initFrame(2, "host_port", "0.0.0.0:0", "process_name", "hostile")
}

// call is a call that inputs bend out of shape.
type call struct {
	id      uint32
	flags   byte
	ttl     uint32 // ms
	service string
	scheme  string
	sumType byte
	sum     *uint32 // nil: the right one
	args    [][]byte
}

func newCall(endpoint, body string) call {
	return call{
		id: 7, ttl: 10_000, service: "ringpop", scheme: "json", sumType: 1,
		args: [][]byte{[]byte(endpoint), []byte("{}"), []byte(body)},
	}
}

// bent returns the frame of a good call after it was bent.
func bent(bend func(*call)) []byte {
	c := newCall("/admin/stats", "{}")
	bend(&c)
	return c.frame()
}

func (c call) frame() []byte {
	p := []byte{c.flags}
	p = binary.BigEndian.AppendUint32(p, c.ttl)
	p = append(p, make([]byte, tracingSize)...)
	p = append(append(p, byte(len(c.service))), c.service...)
	p = append(p, 2)
	for _, h := range []string{"as", c.scheme, "cn", "hostile"} {
		p = append(append(p, byte(len(h))), h...)
	}
	return frame(kindCallReq, c.id, append(p, fragment(c.sumType, c.sum, c.args)...))
}

// fragment is the end of a frame of a message: checksum and chunks of arguments.
func fragment(sumType byte, sum *uint32, chunks [][]byte) []byte {
	p := []byte{sumType}
	if sumType != 0 {
		right := uint32(0)
		for _, c := range chunks {
			right = crc32.Update(right, crc32.IEEETable, c)
		}
		if sum != nil {
			right = *sum
		}
		p = binary.BigEndian.AppendUint32(p, right)
	}
	for _, c := range chunks {
		p = append(binary.BigEndian.AppendUint16(p, uint16(len(c))), c...)
	}
	return p
}

// frames returns a call with a body of any length, in as many frames as it takes.
func (c call) frames() []byte {
	body := c.args[2]
	first := min(len(body), maxChunk)
	c.sumType = 0
	c.args = [][]byte{c.args[0], c.args[1], body[:first]}
	if len(body) > first {
		c.flags = more
	}
	all := c.frame()
	for body = body[first:]; len(body) > 0; {
		n := min(len(body), maxChunk)
		flags := byte(0)
		if n < len(body) {
			flags = more
		}
		all = append(all, frame(kindCallReqCont, c.id, append([]byte{flags}, fragment(0, nil, [][]byte{body[:n]})...))...)
		body = body[n:]
	}
	return all
}

// words reads frames until one says something: an answer or an error.
func words(r io.Reader) (string, error) {
	for {
		var h [headerSize]byte
		if _, err := io.ReadFull(r, h[:]); err != nil {
			return "", err
		}
		size := int(binary.BigEndian.Uint16(h[:])) - headerSize
		if size < 0 {
			return "", fmt.Errorf("answered with a frame of %d bytes", size+headerSize)
		}
		payload := make([]byte, size)
		if _, err := io.ReadFull(r, payload); err != nil {
			return "", err
		}
		switch h[2] {
		case kindCallRes:
			return answer(payload), nil
		case kindError:
			if len(payload) > 1+tracingSize+2 {
				return "refused: " + string(payload[1+tracingSize+2:]), nil
			}
			return "refused", nil
		case kindPingRes:
			return "answered", nil
		}
	}
}

// answer says whether an answer is an error.
func answer(payload []byte) string {
	if len(payload) < 2 || payload[1] == 0 {
		return "answered"
	}
	message := string(payload)
	if i := strings.IndexByte(message, '{'); i >= 0 {
		// The second argument is {}, the third the error.
		message = message[strings.LastIndex(message, `{"`):]
	}
	var said struct{ Message string }
	if json.Unmarshal([]byte(message), &said) == nil && said.Message != "" {
		return "refused: " + said.Message
	}
	return "refused: " + message
}

// shake opens a connection with a good handshake.
func (a *attack) shake() net.Conn {
	c := a.dial()
	if c == nil || !write(c, goodInit()) {
		return nil
	}
	var h [headerSize]byte
	if _, err := io.ReadFull(c, h[:]); err != nil || h[2] != kindInitRes {
		a.see("no handshake")
		return nil
	}
	if _, err := io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint16(h[:])-headerSize)); err != nil {
		a.see("no handshake")
		return nil
	}
	return c
}

// connect opens a connection, with a good handshake or without one.
func (a *attack) connect(introduced bool) net.Conn {
	if introduced {
		return a.shake()
	}
	return a.dial()
}

// raw sends bytes on a new connection, without a handshake.
func raw(b ...[]byte) func(*attack) {
	return func(a *attack) { a.say(a.dial(), b...) }
}

// shaken sends bytes after a handshake.
func shaken(b ...[]byte) func(*attack) {
	return func(a *attack) { a.say(a.shake(), b...) }
}

func (a *attack) say(c net.Conn, b ...[]byte) {
	if c == nil {
		return
	}
	for _, part := range b {
		if !write(c, part) {
			break // what it says is still to be read
		}
	}
	a.listen(c, words)
}
