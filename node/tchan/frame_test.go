package tchan

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

func testChecker(s side) *checker {
	return &checker{side: s, maxBody: 1 << 20, now: func() time.Time { return time.Unix(1, 0) }}
}

func readyChecker(s side) *checker {
	c := testChecker(s)
	c.ready = true
	return c
}

// checkAll gives frames, as bytes one behind the other, to a checker.
func checkAll(c *checker, b []byte) error {
	for len(b) > 0 {
		h := parseHeader(b)
		size := min(int(h.size), len(b))
		if err := c.frame(h, b[headerSize:max(size, headerSize)]); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

func call(bend func(*testCall)) []byte {
	c := goodCall()
	bend(&c)
	return c.bytes()
}

func chunks(s ...string) (b [][]byte) {
	for _, c := range s {
		b = append(b, []byte(c))
	}
	return b
}

func join(frames ...[]byte) []byte { return bytes.Join(frames, nil) }

// unfinished is the beginning of a call whose arg3 goes on.
func unfinished(id uint32) []byte {
	return call(func(c *testCall) { c.id, c.flags, c.sumType = id, moreFragments, sumNone })
}

func TestGoodFramesPass(t *testing.T) {
	half, whole := crcOf("/a", "{}", "12"), crcOf("/a", "{}", "12", "34")
	tests := []struct {
		name   string
		c      *checker
		frames []byte
	}{
		{"init req", testChecker(accepted), goodInit(kindInitReq)},
		{"init res", testChecker(dialled), goodInit(kindInitRes)},
		{"init req with more headers and no address", testChecker(accepted), initFrame(kindInitReq, 2,
			"host_port", "", "process_name", "node /usr/bin/x[1]", "tchannel_language", "node", "", "")},
		{"error in place of init res", testChecker(dialled), errorFrame(1, CodeBusy, "no")},
		{"call", readyChecker(accepted), goodCall().bytes()},
		{"call over a connection that we opened", readyChecker(dialled), goodCall().bytes()},
		{"call with CRC-32C", readyChecker(accepted), call(func(c *testCall) { c.sumType = sumCRC32C })},
		{"call without checksum", readyChecker(accepted), call(func(c *testCall) { c.sumType = sumNone })},
		{"call without transport headers", readyChecker(accepted), call(func(c *testCall) { c.headers = nil })},
		{"call with empty arguments", readyChecker(accepted), call(func(c *testCall) { c.args = chunks("", "", "") })},
		{"call in two frames", readyChecker(accepted), join(
			call(func(c *testCall) { c.flags, c.args, c.sum = moreFragments, chunks("/a", "{}", "12"), &half }),
			frame(kindCallReqCont, 7, append([]byte{0}, testFragment(sumCRC32, &whole, 0, chunks("34"))...)))},
		{"a frame may end between arguments", readyChecker(accepted), join(
			call(func(c *testCall) { c.flags, c.args, c.sumType = moreFragments, chunks("/a", "{}"), sumNone }),
			contFrame(kindCallReqCont, 7, moreFragments, "", "1"),
			contFrame(kindCallReqCont, 7, 0, ""))},
		{"messages take turns", readyChecker(accepted), join(
			unfinished(1), unfinished(2), contFrame(kindCallReqCont, 1, moreFragments, "x"),
			contFrame(kindCallReqCont, 2, 0, "x"), contFrame(kindCallReqCont, 1, 0, "x"), unfinished(1))},
		{"answer", readyChecker(dialled), resFrame(1, 0, 0, "", "{}", "1")},
		{"application error", readyChecker(dialled), resFrame(1, 0, 1, "", "{}", "1")},
		{"answer in two frames", readyChecker(dialled), join(
			resFrame(1, moreFragments, 0, "", "{}", "1"), contFrame(kindCallResCont, 1, 0, "2"))},
		{"answer that an error cuts short", readyChecker(dialled), join(
			resFrame(1, moreFragments, 0, "", "{}", "1"), errorFrame(1, CodeUnexpected, "sorry"), resFrame(1, 0, 0, "", "{}", "1"))},
		{"ping and pong", readyChecker(accepted), join(frame(kindPingReq, 1, nil), frame(kindPingRes, 1, nil))},
		{"cancel", readyChecker(accepted), frame(kindCancel, 1, make([]byte, 4+tracingSize+2))},
		{"time to live of 10 min", readyChecker(accepted), call(func(c *testCall) { c.ttl = 600_000 })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := checkAll(tt.c, tt.frames); err != nil {
				t.Fatal(err)
			}
			if n := len(tt.c.answers); n > 0 {
				t.Errorf("%d answers are still open", n)
			}
		})
	}
}

func TestBadFramesAreRefused(t *testing.T) {
	zero := uint32(0)
	long := strings.Repeat("x", 60_000)
	var tooMany, tooLong []byte
	for id := range uint32(maxOpen + 1) {
		tooMany = append(tooMany, unfinished(id)...)
	}
	tooLong = unfinished(1)
	for range 20 {
		tooLong = append(tooLong, contFrame(kindCallReqCont, 1, moreFragments, long)...)
	}
	short := func(b []byte, n int) []byte { return frame(b[2], 7, b[headerSize:len(b)-n]) }
	behind := func(b []byte) []byte { return frame(b[2], 7, append(b[headerSize:], 0)) }

	tests := []struct {
		name   string
		c      *checker
		frames []byte
		want   string // part of the error
	}{
		{"size 0", readyChecker(accepted), make([]byte, headerSize), "frame of 0 bytes"},
		{"size 15", readyChecker(accepted), append([]byte{0, 15}, make([]byte, 14)...), "frame of 15 bytes"},
		{"unknown type", readyChecker(accepted), frame(0x55, 1, nil), "unknown type 0x55"},
		{"claim, which no library knows", readyChecker(accepted), frame(0xc1, 1, nil), "unknown type 0xc1"},

		{"call before the handshake", testChecker(accepted), goodCall().bytes(), "before the handshake"},
		{"answer before the handshake", testChecker(dialled), resFrame(1, 0, 0, "", "", ""), "before the handshake"},
		{"error before init req", testChecker(accepted), errorFrame(1, CodeUnexpected, ""), "error frame before"},
		{"second init", testChecker(accepted), join(goodInit(kindInitReq), goodInit(kindInitReq)), "unexpected init"},
		{"init res from the caller", testChecker(accepted), goodInit(kindInitRes), "unexpected init res"},
		{"init req from the called", testChecker(dialled), goodInit(kindInitReq), "unexpected init req"},
		{"version 1", testChecker(accepted), initFrame(kindInitReq, 1, "host_port", "", "process_name", ""), "version 1"},
		{"version 3", testChecker(accepted), initFrame(kindInitReq, 3, "host_port", "", "process_name", ""), "version 3"},
		{"init without host_port", testChecker(accepted), initFrame(kindInitReq, 2, "process_name", "x"), "are required"},
		{"init without process_name", testChecker(accepted), initFrame(kindInitReq, 2, "host_port", "x"), "are required"},
		{"init without anything", testChecker(accepted), frame(kindInitReq, 1, nil), "version 0"},
		{"init that is cut", testChecker(accepted), short(goodInit(kindInitReq), 1), "within a field"},
		{"init with something behind", testChecker(accepted), behind(goodInit(kindInitReq)), "1 bytes behind"},
		{"init with 65535 headers", testChecker(accepted), frame(kindInitReq, 1, []byte{0, 2, 0xff, 0xff}), "65535 init headers"},
		{"init with newline in the address", testChecker(accepted),
			initFrame(kindInitReq, 2, "host_port", "1.1.1.1:1\n", "process_name", ""), "host_port"},
		{"init with huge address", testChecker(accepted),
			initFrame(kindInitReq, 2, "host_port", long[:300], "process_name", ""), "host_port"},
		{"init with huge process name", testChecker(accepted),
			initFrame(kindInitReq, 2, "host_port", "", "process_name", long), "60000 bytes"},

		{"unknown flags", readyChecker(accepted), call(func(c *testCall) { c.flags = 2 }), "flags 0x02"},
		{"no time to live", readyChecker(accepted), call(func(c *testCall) { c.ttl = 0 }), "without time to live"},
		{"time to live of 49 days", readyChecker(accepted), call(func(c *testCall) { c.ttl = 1<<32 - 1 }), "time to live"},
		{"no service", readyChecker(accepted), call(func(c *testCall) { c.service = "" }), "without service"},
		{"the library's own service", readyChecker(accepted), call(func(c *testCall) { c.service = "tchannel" }), "not served"},
		{"empty header key", readyChecker(accepted), call(func(c *testCall) { c.headers = []string{"", "x"} }), "key of 0 bytes"},
		{"long header key", readyChecker(accepted), call(func(c *testCall) { c.headers = []string{long[:17], "x"} }), "key of 17 bytes"},
		{"200 headers", readyChecker(accepted), call(func(c *testCall) { c.headers = make([]string, 400) }), "200 transport headers"},
		{"call that is cut within the headers", readyChecker(accepted), frame(kindCallReq, 7, goodCall().bytes()[headerSize:][:45]), "transport headers"},
		{"empty call", readyChecker(accepted), frame(kindCallReq, 7, nil), "within the transport headers"},

		{"checksum type 4, which crashes tchannel-go", readyChecker(accepted), call(func(c *testCall) { c.sumType, c.sum = 4, &zero }), "checksum type 4"},
		{"checksum type 255", readyChecker(accepted), call(func(c *testCall) { c.sumType = 255 }), "checksum type 255"},
		{"checksum FarmHash, which no library checks", readyChecker(accepted), call(func(c *testCall) { c.sumType, c.sum = 2, &zero }), "checksum type 2"},
		{"wrong checksum", readyChecker(accepted), call(func(c *testCall) { c.sum = &zero }), "checksum 00000000"},
		{"wrong CRC-32C", readyChecker(accepted), call(func(c *testCall) { c.sumType, c.sum = sumCRC32C, &zero }), "checksum 00000000"},
		{"no chunks, which crashes tchannel-go", readyChecker(accepted), call(func(c *testCall) { c.args = nil }), "without arguments"},
		{"answer without chunks", readyChecker(dialled), resFrame(1, 0, 0), "without arguments"},
		{"call that is cut", readyChecker(accepted), short(goodCall().bytes(), 1), "longer than its frame"},
		{"call with half a length behind", readyChecker(accepted), behind(goodCall().bytes()), "longer than its frame"},
		{"two arguments", readyChecker(accepted), call(func(c *testCall) { c.args = chunks("/a", "{}") }), "ends after 2"},
		{"four arguments", readyChecker(accepted), call(func(c *testCall) { c.args = chunks("/a", "{}", "x", "y") }), "4 arguments"},
		{"one argument in the first frame", readyChecker(accepted),
			call(func(c *testCall) { c.flags, c.args = moreFragments, chunks("/a") }), "arg1 is not complete"},
		{"long endpoint", readyChecker(accepted), call(func(c *testCall) { c.args = chunks(long[:20_000], "", "") }), "endpoint of more"},
		{"unknown response code", readyChecker(dialled), resFrame(1, 0, 2, "", "", ""), "response code 0x02"},

		{"continuation of nothing", readyChecker(accepted), contFrame(kindCallReqCont, 7, 0, "x"), "not open"},
		{"continuation of an ended message", readyChecker(accepted), join(goodCall().bytes(), contFrame(kindCallReqCont, 7, 0, "x")), "not open"},
		{"call continued as an answer", readyChecker(accepted), join(unfinished(1), contFrame(kindCallResCont, 1, 0, "x")), "not open"},
		{"call that begins twice", readyChecker(accepted), join(unfinished(1), unfinished(1)), "begins again"},
		{"too many arguments, spread", readyChecker(accepted), join(unfinished(1), contFrame(kindCallReqCont, 1, 0, "x", "y")), "4 arguments"},
		{"empty continuation", readyChecker(accepted), join(unfinished(1), contFrame(kindCallReqCont, 1, 0)), "without arguments"},
		{"continuation with other checksum type", readyChecker(accepted), join(unfinished(1),
			frame(kindCallReqCont, 1, append([]byte{0}, testFragment(sumCRC32, nil, 0, chunks("x"))...))), "type changes from 0 to 1"},
		{"too many unfinished messages", readyChecker(accepted), tooMany, "unfinished messages"},
		{"body over the limit", readyChecker(accepted), tooLong, "message of more than"},

		{"error frame that is cut", readyChecker(dialled), frame(kindError, 1, make([]byte, 10)), "within a field"},
		{"error frame with a long message", readyChecker(dialled),
			frame(kindError, 1, append(make([]byte, 1+tracingSize), 0xff, 0xff)), "within a field"},
		{"cancel that is cut", readyChecker(accepted), frame(kindCancel, 1, nil), "within a field"},
		{"ping with a body", readyChecker(accepted), frame(kindPingReq, 1, []byte("x")), "1 bytes behind"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := checkAll(tt.c, tt.frames)
			if !errors.Is(err, ErrFrame) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want a bad frame with %q", err, tt.want)
			}
		})
	}
}

func TestUnfinishedMessagesAreDated(t *testing.T) {
	c := readyChecker(accepted)
	now := time.Unix(100, 0)
	c.now = func() time.Time { return now }
	check := func(frames []byte, want time.Time) {
		t.Helper()
		if err := checkAll(c, frames); err != nil {
			t.Fatal(err)
		}
		if got := c.unfinishedSince(); !got.Equal(want) {
			t.Errorf("unfinished since %v, want %v", got, want)
		}
	}
	check(goodCall().bytes(), time.Time{})
	check(unfinished(1), time.Unix(100, 0))
	now = time.Unix(101, 0)
	check(unfinished(2), time.Unix(100, 0))
	check(contFrame(kindCallReqCont, 1, 0, ""), time.Unix(101, 0))
	check(contFrame(kindCallReqCont, 2, 0, ""), time.Time{})
}

func TestCheckingAllocatesNothing(t *testing.T) {
	c := readyChecker(accepted)
	frames := [][]byte{goodCall().bytes(), resFrame(1, 0, 0, "", "{}", "1"), frame(kindPingReq, 1, nil)}
	allocs := testing.AllocsPerRun(100, func() {
		for _, b := range frames {
			if err := c.frame(parseHeader(b), b[headerSize:]); err != nil {
				t.Fatal(err)
			}
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations for %d good frames", allocs, len(frames))
	}
}
