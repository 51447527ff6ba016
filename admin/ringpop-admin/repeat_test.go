package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/tchan"
)

// stages is a writer that calls the next function with each write.
type stages struct {
	mu   sync.Mutex
	text bytes.Buffer
	then []func()
}

func (s *stages) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.then) > 0 {
		s.then[0]()
		s.then = s.then[1:]
	}
	return s.text.Write(p)
}

// The watch prints, goes on through a failure that it reports with the time,
// prints again, reports unreachable nodes once, and ends well when interrupted.
func TestWatch(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	nodes := pair()
	alone := stats(43, "127.0.0.1:3000", "127.0.0.1:3001")
	stdout := &stages{then: []func(){
		func() {
			nodes.set("127.0.0.1:3000", "null")
			nodes.set("127.0.0.1:3001", "null")
		},
		func() {},
		func() { cancel() },
	}}
	stderr := &stages{then: []func(){
		func() {
			nodes.set("127.0.0.1:3000", alone)
		},
	}}
	args := []string{"partitions", "-q", "-w", "0.1", "127.0.0.1:3000"}
	code := run(ctx, args, stdout, stderr, func(tchan.Options) (connection, error) { return nodes, nil })
	got := result{code, stdout.text.String(), clockTime.ReplaceAllString(stderr.text.String(), "TI:ME:OF.DAY")}
	want := result{0, `    42   2   2   0   0   127.0.0.1:3000
    43   1   2   0   0   127.0.0.1:3000
    43   1   2   0   0   127.0.0.1:3000
`, ` TI:ME:OF.DAY   Error: None of the 2 hosts answered.
 127.0.0.1:3000   bad answer: no list of members
 127.0.0.1:3001   bad answer: no list of members
Failed to connect to 1 nodes.
 127.0.0.1:3001   bad answer: no list of members
`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// interrupted is a connection whose first call comes at the same time as Ctrl-C.
type interrupted struct{ interrupt func() }

func (c interrupted) Call(ctx context.Context, _, _ string, _ []byte) ([]byte, error) {
	c.interrupt()
	<-ctx.Done()
	return nil, ctx.Err()
}

func (interrupted) Close() error { return nil }

func TestInterruptWhileLooking(t *testing.T) {
	tests := []struct {
		args string
		want result
	}{
		{"partitions -w 1 127.0.0.1:3000", result{0, "", ""}},
		{"partitions 127.0.0.1:3000", result{1, "", "Error: context canceled\n"}},
	}
	for _, test := range tests {
		ctx, cancel := context.WithCancel(t.Context())
		var stdout, stderr bytes.Buffer
		code := run(ctx, strings.Fields(test.args), &stdout, &stderr, func(tchan.Options) (connection, error) {
			return interrupted{cancel}, nil
		})
		if diff := cmp.Diff(test.want, result{code, stdout.String(), stderr.String()}); diff != "" {
			t.Errorf("%s: %s", test.args, diff)
		}
	}
}

func TestWatchInJSONPrintsALinePerLook(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	stdout := &stages{then: []func(){func() {}, func() { cancel() }}}
	code := run(ctx, []string{"partitions", "--json", "-w", "0.1", "127.0.0.1:3000"}, stdout, io.Discard,
		func(tchan.Options) (connection, error) { return pair(), nil })
	lines := strings.Split(strings.TrimSpace(stdout.text.String()), "\n")
	if code != 0 || len(lines) != 2 {
		t.Fatalf("exit code %d, %d lines", code, len(lines))
	}
	for _, line := range lines {
		var view render.PartitionsJSON
		if err := json.Unmarshal([]byte(line), &view); err != nil || len(view.Partitions) != 1 || view.Time.IsZero() {
			t.Errorf("%s: %v", line, err)
		}
	}
}
