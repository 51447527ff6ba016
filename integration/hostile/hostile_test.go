package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/integration/rig"
)

// Nothing that can be sent to a node of ours harms it, however its sender goes on; in short:
// small floods, and senders that are not waited for.
func TestOursIsUnharmed(t *testing.T) {
	o := &options{programs: []string{ours}, scale: 2, wait: 10 * time.Second, slow: 100 * time.Millisecond, calm: 20 * time.Millisecond, settle: 20 * time.Second}
	dir := t.TempDir()
	if err := rig.Build(t.Context(), dir, map[string]string{ours: packages[ours]}); err != nil {
		t.Fatal(err)
	}
	list := inputs()
	var told bytes.Buffer
	results, err := tries(t.Context(), o, dir, ours, list, &told)
	if err != nil {
		t.Fatalf("%v\n%s", err, told.String())
	}
	for i := range results {
		r := &results[i]
		expected := ""
		if r.input.name == "50,000 fabricated members in pings of 1,000" {
			expected = changes // a member is believed, up to the limit of the table
		}
		if damage := r.damage(); damage != expected {
			t.Errorf("%s, %s: %s; %s (the sender sees: %s)", r.input.group, r.input.name, damage, r.growth(), r.seen)
		}
		if r.during.err != nil {
			t.Errorf("%s, %s: others get no answer meanwhile: %v", r.input.group, r.input.name, r.during.err)
		}
	}
}

// The harness notices harm.
func TestDamage(t *testing.T) {
	good := state{members: []string{"a alive", "a alive"}, memory: 10 << 20, files: 10}
	for want, after := range map[string]state{
		"":      good,
		dies:    {died: "panic: x"},
		hangs:   {err: os.ErrDeadlineExceeded},
		changes: {members: []string{"a alive", "b alive"}, memory: 10 << 20, files: 10},
		grows:   {members: good.members, memory: 200 << 20, files: 10},
	} {
		o := outcome{input: &input{}, seen: "closed", before: good, during: good, after: after}
		if got := o.damage(); got != want {
			t.Errorf("%+v: %q, want %q", after, got, want)
		}
		if words := o.words(); strings.Contains(words, "**") != (want != "") {
			t.Errorf("%+v: %q", after, words)
		}
	}
}

// Each input has a name of its own in its group, and the page has a row for each.
func TestThePageHasARowForEach(t *testing.T) {
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, in := range inputs() {
		name := string(in.group) + ", " + in.name
		if slices.Contains(names, name) {
			t.Errorf("%s is there twice", name)
		}
		names = append(names, name)
		if !strings.Contains(string(page), "| "+in.name+" |") {
			t.Errorf("docs/security.md has no row %q: run make hostile", in.name)
		}
	}
}
