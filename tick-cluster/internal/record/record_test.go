package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// file is an output that fails after a number of writes.
type file struct {
	bytes.Buffer
	writes, good int
}

var errFull = errors.New("the disk is full")

func (f *file) Write(data []byte) (int, error) {
	if f.writes++; f.writes > f.good {
		return 0, errFull
	}
	return f.Buffer.Write(data)
}

func (f *file) Close() error { return nil }

func testRecorder(good int) (*Recorder, *file) {
	f := &file{good: good}
	r := newRecorder(f)
	r.now = func() time.Time { return time.Date(2026, 1, 2, 10, 27, 9, 615e6, time.UTC) }
	return r, f
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestALineSaysWhatItsKindHas(t *testing.T) {
	r, f := testRecorder(100)
	code := 1
	r.Write(Line{Kind: Start, Args: []string{"-n", "1"}, Nodes: []Node{{"3000", "127.0.0.1:3000"}}, Text: "tick-cluster 1"})
	r.Write(Line{Kind: Command, Text: "kill 2"})
	r.Write(Line{Kind: Output, Node: "3000", Text: "a <b> & c\xff"})
	r.Write(Line{Kind: Checksums, Groups: []Group{{7, []string{"3000"}}}})
	r.Write(Line{Kind: Exit, Code: &code, Error: "oh"})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	same(t, f.String(), strings.ReplaceAll(`{"v":1,T"kind":"start","args":["-n","1"],"nodes":[{"name":"3000","address":"127.0.0.1:3000"}],"text":"tick-cluster 1"}
{"v":1,T"kind":"command","text":"kill 2"}
{"v":1,T"kind":"output","node":"3000","text":"a <b> & c\ufffd"}
{"v":1,T"kind":"checksums","groups":[{"checksum":7,"nodes":["3000"]}]}
{"v":1,T"kind":"exit","error":"oh","code":1}
`, "T", `"time":"2026-01-02T10:27:09.615Z",`))
}

func TestAWriteThatFailsIsReportedOnce(t *testing.T) {
	r, f := testRecorder(1)
	r.Write(Line{Kind: Show, Text: "good"})
	select {
	case <-r.Failed():
		t.Fatal("failed before anything did")
	default:
	}
	r.Write(Line{Kind: Show, Text: "bad"})
	r.Write(Line{Kind: Show, Text: "late"})
	<-r.Failed()
	if err := r.Err(); !errors.Is(err, errFull) || f.writes != 2 {
		t.Errorf("error %v after %d writes, want that of the second write", err, f.writes)
	}
	if err := r.Close(); !errors.Is(err, errFull) {
		t.Errorf("close: %v", err)
	}
}

func TestTheOutputOfNodesHasALimit(t *testing.T) {
	r, f := testRecorder(100)
	r.output = MaxOutput - 3
	for _, text := range []string{"one", "two", "three"} {
		r.Write(Line{Kind: Output, Text: text})
	}
	r.Write(Line{Kind: Command, Text: "tick"})
	var kinds []Kind
	for line := range strings.Lines(f.String()) {
		var l Line
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, l.Kind)
	}
	if diff := cmp.Diff([]Kind{Output, Full, Command}, kinds); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLinesOfManyAreNotMixed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record")
	r, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range 100 {
				r.Write(Line{Kind: Output, Text: strings.Repeat("x", 100)})
			}
		})
	}
	all.Wait()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r.Write(Line{Kind: Show}) // too late, and harmless
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range bytes.Lines(data) {
		if n++; !json.Valid(line) {
			t.Fatalf("line %d is no JSON: %s", n, line)
		}
	}
	if n != 1000 {
		t.Errorf("%d lines, want 1000", n)
	}
}

func TestNoRecorder(t *testing.T) {
	var r *Recorder
	r.Write(Line{})
	if err := errors.Join(r.Err(), r.Close()); err != nil || r.Failed() != nil {
		t.Errorf("error %v", err)
	}
	if _, err := Create(filepath.Join(t.TempDir(), "none", "record")); err == nil || !strings.HasPrefix(err.Error(), "recording: ") {
		t.Errorf("a file that cannot be made: %v", err)
	}
}
