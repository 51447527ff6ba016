//go:build linux

package main

import (
	"slices"
	"strings"
	"testing"
)

const exampleMatrix = `
system etcd ringmend   # two
topology simple
workload uniform
fault leader partition=1,2|3
vary --rate 10 20
options --duration 9
repeat 2
`

func namesOf(t *testing.T, text string) (names []string) {
	t.Helper()
	m, err := parseMatrix(text)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := m.runs()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		if slices.Contains(names, r.name) {
			t.Errorf("two runs are called %s", r.name)
		}
		names = append(names, r.name)
		if r.config.DurationS != 9 {
			t.Errorf("%s: %g s", r.name, r.config.DurationS)
		}
	}
	return names
}

func TestMatrix(t *testing.T) {
	names := namesOf(t, exampleMatrix)
	if len(names) != 16 || names[0] != "etcd-simple-uniform-leader---rate-10-1" {
		t.Errorf("%q", names)
	}
	shuffled := namesOf(t, exampleMatrix+"shuffle 7\n")
	if slices.Equal(names, shuffled) || !slices.Equal(shuffled, namesOf(t, exampleMatrix+"shuffle 7\n")) {
		t.Errorf("%q", shuffled)
	}
}

func TestMatricesThatMakeNoSense(t *testing.T) {
	for from, to := range map[string]string{
		"system etcd": "system frob", "topology simple": "topology", "repeat 2": "repeat 0", "fault leader": "fault frob",
		"vary --rate 10 20": "vary rate", "options --duration 9": "options --duration x", "workload uniform": "workload frob",
		"options": "options x", "repeat": "repeats",
	} {
		m, err := parseMatrix(strings.Replace(exampleMatrix, from, to, 1))
		if err == nil {
			_, err = m.runs()
		}
		if err == nil {
			t.Errorf("%s is accepted", to)
		}
	}
}

func FuzzMatrix(f *testing.F) {
	f.Add(exampleMatrix)
	f.Fuzz(func(t *testing.T, text string) {
		if m, err := parseMatrix(text); err == nil && (m.repeat < 1 || len(m.axes["fault"]) == 0) {
			t.Errorf("%q is accepted", text)
		}
	})
}
