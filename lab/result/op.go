package result

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"
)

// FormatVersion is the version of all files of a results directory.
const FormatVersion = 1

// Seconds is a time since the load began, or a length of time. Files have it with 6
// digits.
type Seconds float64

// SecondsOf returns a duration as seconds.
func SecondsOf(d time.Duration) Seconds { return Seconds(d.Seconds()) }

// Duration returns it as a duration.
func (s Seconds) Duration() time.Duration { return time.Duration(float64(s) * float64(time.Second)) }

// MarshalJSON implements json.Marshaler.
func (s Seconds) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(s), 'f', 6, 64), nil
}

// Outcome is how an operation ended.
type Outcome string

// The outcomes.
const (
	OK     Outcome = "ok"
	Failed Outcome = "failed" // it has not happened
	// Unknown operations timed out or lost their connection: they may have happened,
	// or may yet.
	Unknown Outcome = "unknown"
	// Shed operations were not started, because too many were under way.
	Shed Outcome = "shed"
)

// Outcomes are all of them, best first.
var Outcomes = []Outcome{OK, Failed, Unknown, Shed}

// The operations.
const (
	Read  = "read"
	Write = "write"
)

// Op is a line of ops.jsonl.
type Op struct {
	Version  int     `json:"version"`
	ID       int     `json:"id"`
	Client   int     `json:"client"` // from 1
	Node     int     `json:"node"`   // the node that was asked, from 1
	Op       string  `json:"op"`
	Key      string  `json:"key"`
	Value    string  `json:"value,omitempty"` // what is written
	Intended Seconds `json:"intended"`
	Started  Seconds `json:"started"`
	Ended    Seconds `json:"ended"`
	Outcome  Outcome `json:"outcome"`
	Error    string  `json:"error,omitempty"`
	// Read is what was read, nil when there was nothing.
	Read  *string `json:"read"`
	Owner int     `json:"owner,omitempty"` // the node that did it, from 1, where one node owns a key
	Epoch uint64  `json:"epoch,omitempty"` // the term or epoch in which it was done
	// Revision is the number of the write, or of the one whose value was read, where a
	// system numbers them.
	Revision int64 `json:"revision,omitempty"`
}

// Latency is the time from when the operation was to start until its end, whatever
// kept it from starting.
func (o *Op) Latency() Seconds { return o.Ended - o.Intended }

func (o *Op) check() error {
	switch {
	case o.Version != FormatVersion:
		return fmt.Errorf("version %d, this program reads version %d", o.Version, FormatVersion)
	case o.Op != Read && o.Op != Write:
		return fmt.Errorf("operation %q, it is read or write", o.Op)
	case o.Outcome != OK && o.Outcome != Failed && o.Outcome != Unknown && o.Outcome != Shed:
		return fmt.Errorf("outcome %q", o.Outcome)
	case o.Node < 1 || o.Client < 1 || o.Owner < 0:
		return fmt.Errorf("node %d, client %d, owner %d: nodes and clients are counted from 1", o.Node, o.Client, o.Owner)
	case !(o.Intended >= 0 && o.Started >= o.Intended && o.Ended >= o.Started && o.Ended < maxSeconds):
		return fmt.Errorf("intended %g, started %g, ended %g: they are not in order", o.Intended, o.Started, o.Ended)
	}
	return nil
}

// maxSeconds is more than any run lasts.
const maxSeconds = 1e7

// WriteLines writes values as JSON, one a line.
func WriteLines[T any](w io.Writer, list []T) error {
	b := bufio.NewWriter(w)
	e := json.NewEncoder(b)
	for i := range list {
		if err := e.Encode(&list[i]); err != nil {
			return err
		}
	}
	return b.Flush()
}

// maxLine bounds a line of a file.
const maxLine = 1 << 20

// ReadOps reads ops.jsonl. Errors name the line.
func ReadOps(r io.Reader) ([]Op, error) { return readLines(r, (*Op).check) }

// ReadEvents reads events.jsonl. Errors name the line.
func ReadEvents(r io.Reader) ([]Event, error) { return readLines(r, (*Event).check) }

func readLines[T any](r io.Reader, check func(*T) error) (list []T, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for number := 1; lines.Scan(); number++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var value T
		err := json.Unmarshal(lines.Bytes(), &value)
		if err == nil {
			err = check(&value)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		list = append(list, value)
	}
	return list, lines.Err()
}
