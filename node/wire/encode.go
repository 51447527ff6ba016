package wire

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Encoder encodes bodies of the protocol. It remembers the encoding of the last
// whole membership, which is asked for again and again while nodes join or a
// partition heals. The zero value is ready; it must not be used by two
// goroutines at once.
type Encoder struct {
	version    uint64
	membership []byte
}

// Encode returns the JSON form of a [Request] or [Response].
func (e *Encoder) Encode(body any) ([]byte, error) {
	switch b := body.(type) {
	case *JoinRequest, *ResolveRequest, *ResolveResponse:
		return Marshal(b)
	case *JoinResponse:
		out := append(make([]byte, 0, 128+e.size(b.Membership)), `{"app":`...)
		out = appendString(out, b.App)
		out = appendString(append(out, `,"coordinator":`...), string(b.Coordinator))
		out = e.appendChanges(append(out, `,"membership":`...), b.Membership)
		out = appendUint(append(out, `,"membershipChecksum":`...), b.Checksum)
		return append(out, '}'), nil
	case *Ping:
		out := append(make([]byte, 0, 192+e.size(b.Changes)), `{"changes":`...)
		out = e.appendChanges(out, b.Changes)
		out = appendUint(append(out, `,"checksum":`...), b.Checksum)
		out = appendString(append(out, `,"source":`...), string(b.Source))
		out = strconv.AppendInt(append(out, `,"sourceIncarnationNumber":`...), b.SourceIncarnation, 10)
		out = appendString(append(out, `,"app":`...), b.App)
		return append(out, '}'), nil
	case *PingRequest:
		out := append(make([]byte, 0, 256+e.size(b.Changes)), `{"source":`...)
		out = appendString(out, string(b.Source))
		out = strconv.AppendInt(append(out, `,"sourceIncarnationNumber":`...), b.SourceIncarnation, 10)
		out = appendString(append(out, `,"target":`...), string(b.Target))
		out = appendUint(append(out, `,"checksum":`...), b.Checksum)
		out = e.appendChanges(append(out, `,"changes":`...), b.Changes)
		return endWithApp(out, b.App), nil
	case *PingRequestResponse:
		out := append(make([]byte, 0, 128+e.size(b.Changes)), `{"pingStatus":`...)
		out = strconv.AppendBool(out, b.OK)
		out = appendString(append(out, `,"target":`...), string(b.Target))
		out = e.appendChanges(append(out, `,"changes":`...), b.Changes)
		return endWithApp(out, b.App), nil
	}
	return nil, fmt.Errorf("%T is not a body of the protocol", body)
}

// endWithApp ends a body that published nodes send without an app.
func endWithApp(out []byte, app string) []byte {
	if app != "" {
		out = appendString(append(out, `,"app":`...), app)
	}
	return append(out, '}')
}

// size is a guess at how much room a list takes, to allocate once.
func (e *Encoder) size(l ChangeList) int {
	if l.version != 0 && l.version == e.version {
		return len(e.membership)
	}
	const typical = 192
	return typical * l.Len()
}

func (e *Encoder) appendChanges(dst []byte, l ChangeList) []byte {
	if l.version == 0 {
		return appendChanges(dst, l.All())
	}
	if l.version != e.version {
		e.membership = appendChanges(e.membership[:0], l.All())
		e.version = l.version
	}
	return append(dst, e.membership...)
}

func appendChanges(dst []byte, changes []Change) []byte {
	dst = append(dst, '[')
	for i := range changes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendChange(dst, &changes[i])
	}
	return append(dst, ']')
}

func appendChange(dst []byte, c *Change) []byte {
	dst = appendString(append(dst, `{"source":`...), string(c.Source))
	dst = strconv.AppendInt(append(dst, `,"sourceIncarnationNumber":`...), c.SourceIncarnation, 10)
	dst = appendString(append(dst, `,"address":`...), string(c.Address))
	dst = strconv.AppendInt(append(dst, `,"incarnationNumber":`...), c.Incarnation, 10)
	status := c.Status
	if status == Tombstone {
		status = Faulty
	}
	dst = append(append(append(dst, `,"status":"`...), status.String()...), '"')
	if c.Status == Tombstone {
		dst = append(dst, `,"tombstone":true`...)
	}
	if len(c.Labels) > 0 {
		dst = appendLabels(append(dst, `,"labels":`...), c.Labels)
	}
	dst = strconv.AppendInt(append(dst, `,"timestamp":`...), c.Timestamp, 10)
	return append(dst, '}')
}

func appendLabels(dst []byte, labels map[string]string) []byte {
	dst = append(dst, '{')
	for i, key := range slices.Sorted(maps.Keys(labels)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, key)
		dst = append(dst, ':')
		dst = appendString(dst, labels[key])
	}
	return append(dst, '}')
}

// appendString quotes s. Invalid UTF-8 cannot be expressed in JSON and comes
// out as U+FFFD; nothing that was decoded or checked has any.
func appendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

func appendUint(dst []byte, n uint32) []byte {
	return strconv.AppendUint(dst, uint64(n), 10)
}
