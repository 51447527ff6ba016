package tchan

import (
	"hash/crc32"
	"slices"
	"sync"
	"time"
)

const (
	moreFragments = 0x01 // the only flag

	maxTransportHeaders = 128
	maxHeaderKey        = 16
	maxEndpoint         = 16 << 10 // bytes of arg1

	// maxOpen is the number of unfinished messages per connection and direction.
	// Each occupies a goroutine and up to three frames of 64 KB.
	maxOpen = 32

	args = 3 // of each message
)

// The checksum types. FarmHash (2) is in the protocol but no library checks it,
// and tchannel-go never answers it; all others crash it.
const (
	sumNone   = 0
	sumCRC32  = 1
	sumCRC32C = 3
)

// castagnoli is made for the first peer that wants it: that takes 0.1 ms, a few per cent of the
// start of a process.
var castagnoli = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })

// A message is the part of a call or an answer received so far. It is sent as a chain
// of fragments, one per frame; each holds chunks of the arguments.
type message struct {
	id      uint32
	since   time.Time
	args    int // begun
	size    int // bytes of all arguments
	sumType int
	sum     uint32 // over all arguments
}

// openMessages are the unfinished ones, oldest first.
type openMessages []message

func (o openMessages) index(id uint32) int {
	return slices.IndexFunc(o, func(m message) bool { return m.id == id })
}

func (o *openMessages) remove(id uint32) {
	if i := o.index(id); i >= 0 {
		*o = slices.Delete(*o, i, i+1)
	}
}

func (c *checker) callReq(id uint32, r *reader) error {
	flags := r.byte()
	ttl := time.Duration(r.uint32()) * time.Millisecond
	r.skip(tracingSize)
	service := r.take(r.byte())
	if err := checkTransportHeaders(r); err != nil {
		return err
	}
	switch {
	case ttl == 0:
		return badFrame("call without time to live")
	case ttl > maxCallTimeout:
		return badFrame("time to live %v, at most %v is allowed", ttl, maxCallTimeout)
	case len(service) == 0:
		return badFrame("call without service name")
	case string(service) == "tchannel":
		return badFrame("service %q is not served", service)
	}
	m, err := c.begin(&c.requests, id, flags, r)
	if err != nil {
		return err
	}
	if m.args == 1 {
		// The library reads arg1 before it starts the handler, and does not
		// recover when the rest never comes.
		return badFrame("arg1 is not complete in the first frame")
	}
	return nil
}

func (c *checker) callRes(id uint32, r *reader) error {
	flags := r.byte()
	code := r.byte()
	r.skip(tracingSize)
	if err := checkTransportHeaders(r); err != nil {
		return err
	}
	if code > 1 {
		return badFrame("unknown response code %#02x", code)
	}
	_, err := c.begin(&c.answers, id, flags, r)
	return err
}

func checkTransportHeaders(r *reader) error {
	n := r.byte()
	if n > maxTransportHeaders {
		return badFrame("%d transport headers, at most %d are allowed", n, maxTransportHeaders)
	}
	for range n {
		key := r.take(r.byte())
		if !r.short && (len(key) == 0 || len(key) > maxHeaderKey) {
			return badFrame("transport header key of %d bytes", len(key))
		}
		r.skip(r.byte())
	}
	if r.short {
		return badFrame("it ends within the transport headers")
	}
	return nil
}

// begin checks the first fragment of a message.
func (c *checker) begin(open *openMessages, id uint32, flags int, r *reader) (message, error) {
	if open.index(id) >= 0 {
		return message{}, badFrame("message %d begins again before its end", id)
	}
	m := message{id: id, args: 1, sumType: r.peek()}
	if err := c.fragment(&m, flags, r); err != nil {
		return m, err
	}
	if flags&moreFragments != 0 {
		if len(*open) == maxOpen {
			return m, badFrame("more than %d unfinished messages", maxOpen)
		}
		m.since = c.now()
		*open = append(*open, m)
	}
	return m, nil
}

// unfinishedSince returns when the oldest unfinished message began, and the zero
// time when there is none.
func (c *checker) unfinishedSince() time.Time {
	var since time.Time
	for _, open := range [...]openMessages{c.requests, c.answers} {
		if len(open) > 0 && (since.IsZero() || open[0].since.Before(since)) {
			since = open[0].since
		}
	}
	return since
}

// callContinue checks a further fragment of a message.
func (c *checker) callContinue(open *openMessages, id uint32, r *reader) error {
	i := open.index(id)
	if i < 0 {
		return badFrame("continuation of message %d, which is not open", id)
	}
	flags := r.byte()
	if err := c.fragment(&(*open)[i], flags, r); err != nil {
		return err
	}
	if flags&moreFragments == 0 {
		open.remove(id)
	}
	return nil
}

// fragment checks the part of a frame that all frames of messages have in
// common: the checksum and the chunks. Its first chunk continues the argument
// in which the message stands; each further one begins the next argument.
func (c *checker) fragment(m *message, flags int, r *reader) error {
	if flags&^moreFragments != 0 {
		return badFrame("unknown flags %#02x", flags)
	}
	if t := r.byte(); t != m.sumType {
		return badFrame("checksum type changes from %d to %d within a message", m.sumType, t)
	}
	var want uint32
	switch m.sumType {
	case sumNone:
	case sumCRC32, sumCRC32C:
		want = r.uint32()
	default:
		return badFrame("unknown checksum type %d", m.sumType)
	}
	if err := c.chunks(m, r); err != nil {
		return err
	}
	if m.sumType != sumNone && m.sum != want {
		return badFrame("checksum %08x, the arguments have %08x", want, m.sum)
	}
	if flags&moreFragments == 0 && m.args < args {
		return badFrame("message ends after %d arguments", m.args)
	}
	return nil
}

func (c *checker) chunks(m *message, r *reader) error {
	if len(r.rest) == 0 {
		return badFrame("message without arguments") // also when r is short
	}
	for first := true; len(r.rest) > 0; first = false {
		if !first {
			m.args++
		}
		chunk := r.take(r.uint16())
		m.size += len(chunk)
		if m.args == 1 && m.size > maxEndpoint {
			return badFrame("endpoint of more than %d bytes", maxEndpoint)
		}
		m.sum = addSum(m.sumType, m.sum, chunk)
	}
	switch most := c.maxBody + maxHeaders + maxEndpoint; {
	case r.short:
		return badFrame("argument is longer than its frame")
	case m.args > args:
		return badFrame("message of %d arguments", m.args)
	case m.size > most:
		return badFrame("message of more than %d bytes", most)
	}
	return nil
}

func addSum(sumType int, sum uint32, b []byte) uint32 {
	switch sumType {
	case sumCRC32:
		return crc32.Update(sum, crc32.IEEETable, b)
	case sumCRC32C:
		return crc32.Update(sum, castagnoli(), b)
	}
	return 0
}
