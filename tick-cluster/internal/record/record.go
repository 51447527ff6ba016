package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Version is that of the format: it is raised when a kind or a field goes or changes
// its meaning, not when one is added.
const Version = 1

// MaxOutput is how many bytes of text of the nodes are recorded. What comes
// later is left out, and a line of kind "full" says so.
const MaxOutput = 1 << 30

// Kind says what a line is about, and which fields it has.
type Kind string

// The kinds, with their fields.
const (
	Start     Kind = "start"     // Args, Nodes, Seed, Text: version of the program
	Key       Kind = "key"       // Text: its name
	Begin     Kind = "begin"     // a command begins. Text: as in a script
	Command   Kind = "command"   // it has ended. Text: as in a script; Error, if it failed
	State     Kind = "state"     // Node, State, PID; Text: how its process ended, if it has
	Output    Kind = "output"    // Node, Text: a line that the node printed
	Event     Kind = "event"     // Node or "cluster" or "init", Text: a line of tick-cluster's own
	Show      Kind = "show"      // Text: what was shown in answer to a command
	Checksums Kind = "checksums" // Groups
	Cut       Kind = "cut"       // Parts, Text: where the rules are
	Mend      Kind = "mend"      // Text: where the rules were
	Full      Kind = "full"      // output of nodes is left out from here on
	Exit      Kind = "exit"      // Code, Error
)

// Line is one line of a record. Fields that its kind does not have are left out.
type Line struct {
	V    int       `json:"v"` // Version
	Time time.Time `json:"time"`
	Kind Kind      `json:"kind"`

	Args   []string   `json:"args,omitempty"`
	Nodes  []Node     `json:"nodes,omitempty"`
	Seed   *uint64    `json:"seed,omitempty"` // of random choices
	Node   string     `json:"node,omitempty"`
	State  string     `json:"state,omitempty"` // running, suspended, killed, terminating, terminated, ended
	PID    int        `json:"pid,omitempty"`
	Text   string     `json:"text,omitempty"`
	Parts  [][]string `json:"parts,omitempty"` // names of nodes
	Groups []Group    `json:"groups,omitempty"`
	Error  string     `json:"error,omitempty"`
	Code   *int       `json:"code,omitempty"` // the exit code
}

// Node is a place in the cluster.
type Node struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// Group is nodes that gave the same checksum.
type Group struct {
	Checksum uint32   `json:"checksum"`
	Nodes    []string `json:"nodes"`
}

// Recorder writes a record. It is safe for concurrent use; a nil one does
// nothing.
type Recorder struct {
	now func() time.Time

	mu     sync.Mutex
	out    io.WriteCloser
	output int // bytes of it so far
	closed bool
	err    error         // of the first write that failed
	failed chan struct{} // closed then
}

// Create makes a record in a file, in place of what was in there.
func Create(path string) (*Recorder, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	return newRecorder(f), nil
}

func newRecorder(out io.WriteCloser) *Recorder {
	return &Recorder{now: time.Now, out: out, failed: make(chan struct{})}
}

// Write adds a line, and sets its V and Time. Nothing is written after an error, which
// Failed and Close report.
func (r *Recorder) Write(l Line) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	l.V, l.Time = Version, r.now()
	if l.Kind == Output {
		if r.output > MaxOutput {
			return
		}
		if r.output += len(l.Text); r.output > MaxOutput {
			l = Line{V: Version, Time: l.Time, Kind: Full}
		}
	}
	r.write(l)
}

func (r *Recorder) write(l Line) {
	if r.err != nil || r.closed {
		return
	}
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(l)
	if err == nil {
		_, err = r.out.Write(line.Bytes())
	}
	if err != nil {
		r.fail(err)
	}
}

func (r *Recorder) fail(err error) {
	if r.err == nil {
		r.err = fmt.Errorf("recording: %w", err)
		close(r.failed)
	}
}

// Failed returns a channel that is closed when the record cannot be written any
// more.
func (r *Recorder) Failed() <-chan struct{} {
	if r == nil {
		return nil
	}
	return r.failed
}

// Err returns why the record failed, nil while it did not.
func (r *Recorder) Err() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Close ends the record and returns the first error of all.
func (r *Recorder) Close() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	err := r.out.Close()
	if r.err == nil && err != nil && !errors.Is(err, os.ErrClosed) {
		r.fail(err)
	}
	return r.err
}
