package record

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	startLine = `{"v":1,"time":"2026-01-02T10:27:09Z","kind":"start","nodes":[{"name":"3000","address":"127.0.0.1:3000"}]}` + "\n"
	killLine  = `{"v":1,"time":"2026-01-02T10:27:10Z","kind":"command","text":"kill 1"}` + "\n"
	newLine   = `{"v":1,"time":"2026-01-02T10:27:10Z","kind":"weather","rain":true}` + "\n"
	exitLine  = `{"v":1,"time":"2026-01-02T10:27:11Z","kind":"exit","code":0}` + "\n"
)

func TestReading(t *testing.T) {
	for _, test := range []struct {
		name, text string
		kinds      string // of the lines that are read
		want       error
		says       string
	}{
		{"a whole session", startLine + killLine + exitLine, "start command exit", nil, ""},
		{"without the end of its last line", startLine + strings.TrimSuffix(exitLine, "\n"), "start exit", nil, ""},
		{"kinds of later programs", startLine + newLine + exitLine, "start weather exit", nil, ""},
		{"one that goes on", startLine + killLine, "start command", ErrTruncated, "its last line is not the exit"},
		{"cut off in a line", startLine + killLine[:30], "start", ErrTruncated, "line 2 is cut off"},
		{"nothing", "", "", ErrForeign, "empty"},
		{"prose", "It was a dark and stormy night.\n", "", ErrForeign, "line 1"},
		{"prose without an end", "It was", "", ErrForeign, "line 1"},
		{"another JSON", "[\"127.0.0.1:3000\"]\n", "", ErrForeign, "line 1"},
		{"other JSON lines", `{"kind":"start","time":"2026-01-02T10:27:09Z"}` + "\n", "", ErrForeign, "line 1"},
		{"no beginning", killLine + exitLine, "", ErrForeign, "line 1"},
		{"prose in the middle", startLine + "hello\n" + exitLine, "start", ErrForeign, "line 2"},
		{"an empty line", startLine + "\n" + exitLine, "start", ErrForeign, "line 2"},
		{"two of them", startLine + exitLine + startLine, "start exit", ErrForeign, "line 3 comes after the end"},
		{"no time", startLine + `{"v":1,"kind":"key"}` + "\n", "start", ErrForeign, "line 2"},
		{"a later version", strings.Replace(startLine, `"v":1`, `"v":2`, 1) + exitLine, "", ErrVersion, "2, and version 1 is what"},
		{"one that changes", startLine + strings.Replace(killLine, `"v":1,"time":"2026-01-02T10:27:10Z"`, `"v":3,"time":7`, 1), "start", ErrVersion, "line 2"},
	} {
		var kinds []string
		err := Read(strings.NewReader(test.text), func(l Line) error {
			kinds = append(kinds, string(l.Kind))
			return nil
		})
		if !errors.Is(err, test.want) || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: error %v, want %v that says %q", test.name, err, test.want, test.says)
		}
		if diff := cmp.Diff(test.kinds, strings.Join(kinds, " ")); diff != "" {
			t.Errorf("%s: lines (-want +got):\n%s", test.name, diff)
		}
	}
}

// What is written can be read.
func TestARecordIsReadAsItWasWritten(t *testing.T) {
	r, f := testRecorder(100)
	code, seed := 1, uint64(7)
	want := []Line{
		{Kind: Start, Args: []string{"-n", "1"}, Nodes: []Node{{"3000", "127.0.0.1:3000"}}, Seed: &seed, Text: "tick-cluster 1"},
		{Kind: State, Node: "3000", State: "ended", PID: 12, Text: "exit code 3"},
		{Kind: Show, Text: strings.Repeat("long ", 100_000)},
		{Kind: Checksums, Groups: []Group{{7, []string{"3000"}}}},
		{Kind: Exit, Code: &code, Error: "oh"},
	}
	for i := range want {
		r.Write(want[i])
		want[i].V, want[i].Time = Version, r.now()
	}
	var got []Line
	if err := Read(strings.NewReader(f.String()), func(l Line) error { got = append(got, l); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(startLine + killLine + exitLine)
	f.Add(startLine + killLine[:20])
	f.Fuzz(func(t *testing.T, text string) {
		n := 0
		err := Read(strings.NewReader(text), func(l Line) error {
			if n++; l.V != Version || l.Time.IsZero() || l.Kind == "" || (n == 1) != (l.Kind == Start) && n == 1 {
				t.Fatalf("a bad line is passed on: %+v", l)
			}
			return nil
		})
		if err != nil && !errors.Is(err, ErrForeign) && !errors.Is(err, ErrVersion) && !errors.Is(err, ErrTruncated) {
			t.Errorf("an error of another kind: %v", err)
		}
	})
}
