package main

import (
	"errors"
	"testing"
)

func TestPartsOfACluster(t *testing.T) {
	parts, err := parseParts("10.0.0.1:1, 10.0.0.2:1 | 10.0.0.3:1")
	if err != nil || len(parts) != 2 || len(parts[0]) != 2 || parts[1][0] != "10.0.0.3:1" {
		t.Errorf("%v, %v", parts, err)
	}
	for _, text := range []string{"", "|", "10.0.0.1:1,", "10.0.0.1:1 | nowhere:x"} {
		if parts, err := parseParts(text); err == nil {
			t.Errorf("%q: %v", text, parts)
		}
	}
}

// The ways out of a fencing ask first, and do nothing without a yes.
func TestEndingAFencingAsksFirst(t *testing.T) {
	for _, args := range [][]string{
		{"resolve", "keep", "10.0.0.1:1"},
		{"resolve", "write-off", "10.0.0.9:1", "10.0.0.1:1"},
	} {
		asked := 0
		p := &program{ask: func(string) (string, error) { asked++; return "no\n", nil }}
		root := newRoot(p)
		root.SetArgs(args)
		if err := root.ExecuteContext(t.Context()); !errors.Is(err, errNotConfirmed) || asked != 1 {
			t.Errorf("%v: %v, asked %d times", args, err, asked)
		}
	}
}
