package check

import (
	"testing"
	"time"

	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/system"
)

var config = &result.Config{CheckLimit: time.Minute}

func text(s string) *string { return &s }

func write(value string, from, to float64, o result.Outcome) result.Op {
	return result.Op{Op: result.Write, Key: "k", Value: value, Started: result.Seconds(from), Ended: result.Seconds(to), Outcome: o, Node: 1}
}

func read(value string, from, to float64) result.Op {
	op := result.Op{Op: result.Read, Key: "k", Started: result.Seconds(from), Ended: result.Seconds(to), Outcome: result.OK, Node: 2}
	if value != "" {
		op.Read = text(value)
	}
	return op
}

func numbered(op result.Op, revision int64) result.Op {
	op.Revision = revision
	return op
}

func TestRegisters(t *testing.T) {
	for name, test := range map[string]struct {
		ops  []result.Op
		want string
	}{
		"nothing":                     {nil, result.Passed},
		"read after write":            {[]result.Op{read("", 0, 1), write("1", 1, 2, result.OK), read("1", 3, 4)}, result.Passed},
		"a stale read":                {[]result.Op{write("1", 1, 2, result.OK), write("2", 3, 4, result.OK), read("1", 5, 6)}, result.Violated},
		"nothing read after a write":  {[]result.Op{write("1", 1, 2, result.OK), read("", 3, 4)}, result.Violated},
		"either order of two":         {[]result.Op{write("1", 1, 4, result.OK), write("2", 2, 3, result.OK), read("1", 5, 6)}, result.Passed},
		"a failed write is not read":  {[]result.Op{write("1", 1, 2, result.Failed), read("1", 3, 4)}, result.Violated},
		"an unknown write, read":      {[]result.Op{write("1", 1, 2, result.Unknown), read("", 3, 4), read("1", 5, 6)}, result.Passed},
		"an unknown write, read once": {[]result.Op{write("1", 1, 2, result.Unknown), read("1", 3, 4), read("", 5, 6)}, result.Violated},
		"read before it was written":  {[]result.Op{write("1", 5, 6, result.Unknown), read("1", 1, 2)}, result.Violated},
		"never read, never known":     {[]result.Op{write("1", 1, 2, result.Unknown), read("", 3, 4)}, result.Passed},
		"shed":                        {[]result.Op{write("1", 1, 1, result.Shed), read("", 3, 4)}, result.Passed},
		"revisions against time":      {[]result.Op{numbered(write("1", 1, 2, result.OK), 9), numbered(write("2", 3, 4, result.OK), 8)}, result.Violated},
		"revisions decide the order":  {[]result.Op{numbered(write("1", 1, 4, result.OK), 9), numbered(write("2", 2, 3, result.OK), 8), numbered(read("2", 5, 6), 8)}, result.Violated},
		"a revision known by a read":  {[]result.Op{numbered(write("1", 1, 2, result.OK), 7), write("2", 1, 3, result.Unknown), numbered(read("2", 4, 5), 8)}, result.Passed},
	} {
		checks, history := Run(system.Register, config, test.ops, nil)
		if len(checks) != 1 || checks[0].Verdict != test.want {
			t.Errorf("%s: %+v, want %s", name, checks, test.want)
		}
		if err := history.Write(t.TempDir() + "/history.html"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Many concurrent operations during an election must not keep the checker busy forever.
func TestManyAtOnce(t *testing.T) {
	var ops []result.Op
	const writes = 60
	for i := range writes {
		// They return in any order, and took effect in yet another.
		ops = append(ops, numbered(write(string(rune('A'+i)), 0.01*float64(i), 10+0.01*float64((i*7)%writes), result.OK), int64(100+(i*13)%writes)))
		ops = append(ops, numbered(read(string(rune('A'+i)), 0.01*float64(i), 10), int64(100+(i*13)%writes)))
	}
	if checks, _ := Run(system.Register, config, ops, nil); checks[0].Verdict != result.Passed {
		t.Errorf("%+v", checks)
	}
}

func TestAssignOnce(t *testing.T) {
	answered := func(op result.Op, value string) result.Op {
		op.Read = text(value)
		return op
	}
	get := func(value string, from, to float64) result.Op { return answered(write("", from, to, result.OK), value) }
	for name, test := range map[string]struct {
		ops         []result.Op
		split, once string // no key has two values at a time, every key is assigned once
	}{
		"nothing":            {nil, result.Passed, result.Passed},
		"all get the first":  {[]result.Op{answered(write("1", 1, 2, result.OK), "1"), answered(write("2", 3, 4, result.OK), "1"), read("1", 5, 6)}, result.Passed, result.Passed},
		"it is made there":   {[]result.Op{get("77", 1, 2), get("77", 3, 4)}, result.Passed, result.Passed},
		"assigned again":     {[]result.Op{get("a", 1, 2), get("a", 3, 4), get("b", 5, 6), get("b", 7, 8)}, result.Passed, result.Violated},
		"the first is back":  {[]result.Op{get("a", 1, 2), get("b", 3, 4), get("a", 5, 6)}, result.Violated, result.Violated},
		"at the same moment": {[]result.Op{get("a", 1, 2), get("a", 3, 5), get("b", 4, 6), get("b", 7, 8)}, result.Passed, result.Violated},
		"unknown":            {[]result.Op{get("a", 1, 2), write("9", 3, 4, result.Unknown), get("a", 5, 6)}, result.Passed, result.Passed},
		"unknown at first":   {[]result.Op{write("9", 1, 2, result.Unknown), get("a", 3, 4)}, result.Passed, result.Passed},
	} {
		checks, history := Run(system.AssignOnce, config, test.ops, nil)
		if len(checks) != 2 || checks[0].Verdict != test.split || checks[1].Verdict != test.once {
			t.Errorf("%s: %+v, want %s, %s", name, checks, test.split, test.once)
		}
		for _, c := range checks {
			if (len(c.Where) > 0) != (c.Verdict == result.Violated) {
				t.Errorf("%s: %s: %+v", name, c.Name, c.Where)
			}
		}
		if err := history.Write(t.TempDir() + "/history.html"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOneOwner(t *testing.T) {
	accepted := func(owner int, at float64) result.Op {
		return result.Op{Key: "k", Outcome: result.OK, Owner: owner, Ended: result.Seconds(at)}
	}
	two := result.Event{Kind: result.Owners, At: 10, Value: 1, Owners: map[string][]int{"k": {1, 2}}}
	over := result.Event{Kind: result.Owners, At: 20}
	events := []result.Event{two, over}
	for _, test := range []struct {
		owner int
		at    float64
		want  string
	}{{1, 9, result.Passed}, {1, 11, result.Violated}, {2, 19, result.Violated}, {3, 15, result.Passed}, {1, 19.9, result.Passed}, {1, 21, result.Passed}} {
		checks, _ := Run(system.Owner, config, []result.Op{accepted(test.owner, test.at)}, events)
		if checks[0].Verdict != test.want {
			t.Errorf("accepted by %d at %g: %+v, want %s", test.owner, test.at, checks[0], test.want)
		}
	}
}
