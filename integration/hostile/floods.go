package main

import (
	"fmt"
	"io"
	"time"
)

// Senders that begin and do not go on: a node must not wait for ever.
var slowInputs = []input{
	{group: slow, name: "a connection that says nothing", ringpop: begin(false)},
	{group: slow, name: "half a handshake", ringpop: begin(false, goodInit()[:20])},
	{group: slow, name: "half a frame", ringpop: begin(true, bent(func(*call) {})[:40])},
	{group: slow, name: "half a message", ringpop: begin(true, bent(func(c *call) { c.flags, c.sumType = more, 0 }))},
	{group: slow, name: "calls without reading the answers", ringpop: deaf},
}

var floodInputs = []input{
	{group: floods, name: "10,000 connections that say nothing", ringpop: crowd(10_000, false)},
	{group: floods, name: "10,000 idle connections after a handshake", ringpop: crowd(10_000, true)},
	{group: floods, name: "20,000 joins", ringpop: repeated(20_000, join, `{"app":"ringpop","source":"`+stranger+`","incarnationNumber":1,"timeout":1000000000}`)},
	{group: floods, name: "20,000 pings that ask for a full sync", ringpop: repeated(20_000, ping, pingWith("[]"))},
	{group: floods, name: "100 messages that do not end, 4 MB each", ringpop: unfinished},
}

var powerInputs = []input{
	{group: powers, name: "50,000 fabricated members in pings of 1,000", ringpop: fabricate},
	{group: powers, name: "it is dead, says a member", ringpop: bodyOf(ping, pingWith(`[`+change(`"address":"$target"`, `"status":"faulty"`)+`]`))},
	{group: powers, name: "it is dead for a hundred years", ringpop: bodyOf(ping, pingWith(`[`+change(`"address":"$target"`, `"status":"faulty"`, `"incarnationNumber":4900000000000`)+`]`))},
	{group: powers, name: "a tombstone of a member that lives", ringpop: bodyOf(ping, pingWith(`[`+change(`"address":"$friend"`, `"status":"faulty"`, `"tombstone":true`)+`]`))},
}

// begin sends the beginning of something, and waits.
func begin(introduced bool, b ...[]byte) func(*attack) {
	return func(a *attack) {
		c := a.connect(introduced)
		if c == nil {
			return
		}
		for _, part := range b {
			write(c, part)
		}
		_ = c.SetDeadline(time.Now().Add(a.wait))
		a.awaitClose(c)
	}
}

// deaf asks for stats again and again, and does not read them.
func deaf(a *attack) {
	c := a.shake()
	if c == nil {
		return
	}
	_ = c.SetDeadline(time.Now().Add(a.wait))
	for id := uint32(10); ; id++ {
		if !write(c, bent(func(c *call) { c.id = id })) {
			break
		}
	}
	a.see("nothing is taken from it any more")
}

// crowd opens many connections, and keeps them open.
func crowd(n int, introduced bool) func(*attack) {
	return func(a *attack) {
		refused := 0
		for range a.times(n) {
			if a.connect(introduced) == nil {
				refused++
			}
			if refused > 100 {
				break
			}
		}
		alive := 0
		for _, c := range a.open {
			_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
			if _, err := c.Read(make([]byte, 1)); err != io.EOF && !isReset(err) {
				alive++
			}
		}
		a.seen = fmt.Sprintf("%d of them stay open", alive)
	}
}

// repeated makes many calls on one connection.
func repeated(n int, endpoint, body string) func(*attack) {
	return func(a *attack) {
		c := a.shake()
		if c == nil {
			return
		}
		_ = c.SetDeadline(time.Now().Add(time.Minute))
		filled := a.fill(body)
		total := a.times(n)
		go func() {
			for id := range total {
				call := newCall(endpoint, filled)
				call.id = uint32(id + 10)
				if !write(c, call.frame()) {
					return
				}
			}
		}()
		answered, refused := 0, 0
		for answered+refused < total {
			said, err := words(c)
			if err != nil {
				break
			}
			if said == "answered" {
				answered++
			} else {
				refused++
			}
		}
		a.see(fmt.Sprintf("%d answered, %d refused", answered, refused))
	}
}

// unfinished begins many messages of 4 MB on connections of their own.
func unfinished(a *attack) {
	closed := 0
	part := frame(kindCallReqCont, 7, append([]byte{more}, fragment(0, nil, [][]byte{make([]byte, maxChunk)})...))
	total := a.times(100)
	for range total {
		c := a.shake()
		if c == nil {
			closed++
			continue
		}
		_ = c.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
		ok := write(c, bent(func(c *call) { c.flags, c.sumType = more, 0 }))
		for range 4 << 20 / maxChunk {
			if ok = ok && write(c, part); !ok {
				closed++
				break
			}
		}
	}
	a.see(fmt.Sprintf("%d of %d were not taken", closed, total))
}

// fabricate has the friend name members that do not exist, as many as a membership may have.
func fabricate(a *attack) {
	for i := range a.times(50) {
		a.seen = ""
		bodyOf(ping, pingWith(fabricated(i*1_000, 1_000)))(a)
	}
}
