package vector

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var sample = []*Result{
	{Vector: &Vector{Name: "join-a", Area: "join", About: "Nodes join", Source: "the paper"}, Size: 1, Outcome: Pass, Took: 120 * time.Millisecond},
	{Vector: &Vector{Name: "join-a", Area: "join", About: "Nodes join", Source: "the paper"}, Size: 5, Outcome: Fail, Reason: `step 1 (call): is "a", want <b>`, Took: time.Second,
		Output: "starting\npanic: index out of range\n\ngoroutine 1\n"},
	{Vector: &Vector{Name: "ping-long-name", Area: "ping"}, Size: 5, Outcome: KnownFail, Reason: "it is old", Detail: "no answer", Took: time.Millisecond},
	{Vector: &Vector{Name: "ping-b", Area: "ping"}, Size: 1, Outcome: Fixed, Reason: "it is not known to fail any more: it was old"},
	{Vector: &Vector{Name: "ping-b", Area: "ping"}, Size: 5, Outcome: Skipped, Reason: "makes no sense"},
}

func TestReports(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer) error{
		"report.txt":  func(b *bytes.Buffer) error { return WriteTable(b, sample) },
		"report.xml":  func(b *bytes.Buffer) error { return WriteJUnit(b, sample) },
		"report.json": func(b *bytes.Buffer) error { return WriteJSON(b, sample) },
	} {
		var got bytes.Buffer
		if err := write(&got); err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name)
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-want +got; UPDATE=1 rewrites it):\n%s", name, diff)
		}
	}
}

func TestWhatMakesARunFail(t *testing.T) {
	for outcome, bad := range map[Outcome]bool{Pass: false, Fail: true, KnownFail: false, Fixed: true, Skipped: false} {
		if r := (&Result{Outcome: outcome}); r.Bad() != bad {
			t.Errorf("%s is bad: %v, want %v", outcome, r.Bad(), bad)
		}
	}
}
