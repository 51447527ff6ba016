package main

import (
	"strings"
	"testing"
)

func TestNonsenseIsRefused(t *testing.T) {
	for args, says := range map[string]string{
		"--nodes 2": "nodes must be from 3", "--stopped 29": "at least two", "--stopped=-1": "at least two", "--for 0s": "must be positive",
		"--clusters magic": `no cluster "magic"`, "--frobnicate": "unknown flag",
	} {
		if _, err := parse(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", args, err, says)
		}
	}
}

// Verdicts are counted by the program of who declares and of whom, those about members that
// are well apart from those about the stopped.
func TestVerdictsAreCounted(t *testing.T) {
	v := &verdicts{stopped: 1}
	v.add("127.0.0.1:1", ours)
	v.add("127.0.0.1:2", ringpopGo)
	v.add("127.0.0.1:3", ours)
	log := map[int]string{
		0: `{"time":"2026-11-28T17:00:00Z","level":"INFO","msg":"declared suspect","member":"127.0.0.1:2","incarnation":1}
{"time":"2026-11-28T17:00:05Z","level":"INFO","msg":"declared faulty","member":"127.0.0.1:2","incarnation":1}
{"time":"2026-11-28T17:00:06Z","level":"INFO","msg":"refuted","accused":"suspect","by":"127.0.0.1:2","incarnation":1}`,
		1: `time="2026-11-28T18:56:05Z" level=info msg="ping request target unreachable" local="127.0.0.1:2" target="127.0.0.1:3"
time="2026-11-28T18:56:10Z" level=info msg="executing scheduled transition for member" local="127.0.0.1:2" member="127.0.0.1:1" state=suspect
time="2026-11-28T18:56:10Z" level=info msg="executing scheduled transition for member" local="127.0.0.1:2" member="127.0.0.1:3" state=faulty`,
	}
	read := func() {
		for i, text := range log {
			for line := range strings.Lines(text) {
				v.line(i, line)
			}
		}
	}
	read() // before the count begins
	v.begin()
	read()
	if row := v.row(true); row != "1 | 1 | 1 | 0 | 1 | 0 | 1" {
		t.Error(row)
	}
	if row := v.row(false); row != "1 | - | 1 | - | - | 0 | -" {
		t.Error(row)
	}
}
