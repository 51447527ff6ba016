package tchan

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/ringmend/ringmend/internal/version"
	"github.com/ringmend/ringmend/node/wire"
)

// noCall is the id of error frames that concern the connection and not a call.
const noCall = 1<<32 - 1

// ephemeral is what a peer is called that cannot be called.
const ephemeral = "0.0.0.0:0"

// frameBuffers holds buffers in which frames are made.
var frameBuffers = sync.Pool{New: func() any {
	b := make([]byte, 0, 2<<10)
	return &b
}}

// appendFrame appends a frame with a short payload.
func appendFrame(b []byte, kind byte, id uint32, payload []byte) []byte {
	start := len(b)
	b = append(beginFrame(b, kind, id), payload...)
	return endFrame(b, start)
}

// beginFrame appends a header whose size is filled in by endFrame.
func beginFrame(b []byte, kind byte, id uint32) []byte {
	b = append(b, 0, 0, kind, 0)
	b = binary.BigEndian.AppendUint32(b, id)
	return append(b, make([]byte, 8)...)
}

func endFrame(b []byte, start int) []byte {
	binary.BigEndian.PutUint16(b[start:], uint16(len(b)-start))
	return b
}

// hello is a handshake: who we are.
func (t *Transport) hello(kind byte, id uint32) []byte {
	name := t.Address()
	if name == "" {
		name = ephemeral
	}
	headers := [...]string{
		"host_port", name,
		"process_name", fmt.Sprintf("%s[%d]", filepath.Base(os.Args[0]), os.Getpid()),
		"tchannel_language", "go",
		"tchannel_language_version", strings.TrimPrefix(runtime.Version(), "go"),
		"tchannel_version", "ringmend " + version.Number,
	}
	b := beginFrame(nil, kind, id)
	b = binary.BigEndian.AppendUint16(b, protocolVersion)
	b = binary.BigEndian.AppendUint16(b, uint16(len(headers)/2))
	for _, h := range headers {
		b = binary.BigEndian.AppendUint16(b, uint16(len(h)))
		b = append(b, h...)
	}
	return endFrame(b, 0)
}

// errorFrame says what is wrong with a call; with CodeProtocol, after which the sender
// closes the connection, with a frame.
func errorFrame(id uint32, code Code, text string) []byte {
	text = wire.CutText(text, maxMessage)
	b := beginFrame(nil, kindError, id)
	b = append(b, byte(code))
	b = append(b, noTracing[:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(text)))
	return endFrame(append(b, text...), 0)
}

var noTracing [tracingSize]byte

// messageWriter makes the frames of a message: a call or an answer.
type messageWriter struct {
	kind    byte
	contd   byte // the kind of all frames but the first
	id      uint32
	sumType byte
	sum     uint32
	b       *[]byte // the frame
	sumAt   int     // where its checksum goes
}

// begin begins the first frame with what comes before the arguments. It must be freed.
func (w *messageWriter) begin(fields func(b []byte) []byte) {
	w.b = frameBuffers.Get().(*[]byte)
	b := append(beginFrame((*w.b)[:0], w.kind, w.id), 0) // the flags
	*w.b = fields(b)
	w.beginSum()
}

func (w *messageWriter) beginSum() {
	*w.b = append(*w.b, w.sumType)
	w.sumAt = len(*w.b)
	if w.sumType != sumNone {
		*w.b = append(*w.b, 0, 0, 0, 0)
	}
}

// chunk adds a chunk, which must fit.
func (w *messageWriter) chunk(chunk []byte) {
	w.sum = addSum(int(w.sumType), w.sum, chunk)
	*w.b = append(binary.BigEndian.AppendUint16(*w.b, uint16(len(chunk))), chunk...)
}

// finish adds the last argument and sends all frames.
func (w *messageWriter) finish(last []byte, send func(frame []byte) error) error {
	for {
		room := maxFrame - len(*w.b) - 2
		n := min(len(last), room)
		w.chunk(last[:n])
		last = last[n:]
		if err := send(w.frame(len(last) > 0)); err != nil || len(last) == 0 {
			return err
		}
		*w.b = append(beginFrame((*w.b)[:0], w.contd, w.id), 0)
		w.beginSum()
	}
}

// frame ends the frame.
func (w *messageWriter) frame(more bool) []byte {
	b := *w.b
	if more {
		b[headerSize] = moreFragments
	}
	if w.sumType != sumNone {
		binary.BigEndian.PutUint32(b[w.sumAt:], w.sum)
	}
	return endFrame(b, 0)
}

func (w *messageWriter) free() { frameBuffers.Put(w.b) }

// callReqFields are those of a call.
func callReqFields(b []byte, ttl uint32, service, caller string) []byte {
	b = binary.BigEndian.AppendUint32(b, ttl)
	b = append(b, noTracing[:]...)
	b = append(append(b, byte(len(service))), service...)
	b = append(b, 2)
	b = append(b, "\x02as\x04json\x02cn"...)
	return append(append(b, byte(len(caller))), caller...)
}

// callResFields are those of an answer.
func callResFields(b []byte, refused bool, scheme string) []byte {
	code := byte(0)
	if refused {
		code = 1
	}
	b = append(b, code)
	b = append(b, noTracing[:]...)
	b = append(b, 1)
	b = append(b, "\x02as"...)
	return append(append(b, byte(len(scheme))), scheme...)
}

// cancelFrame says that the caller no longer waits for the answer to a call.
func cancelFrame(id uint32) []byte {
	b := beginFrame(nil, kindCancel, id)
	b = append(b, 0, 0, 0, 1) // its time to live, which means nothing
	b = append(b, noTracing[:]...)
	return endFrame(append(b, 0, 0), 0)
}
