package result

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"
)

func op(id int, node int, intended, ended Seconds, o Outcome) Op {
	return Op{Version: 1, ID: id, Client: 1, Node: node, Op: Write, Key: "k", Intended: intended, Started: intended, Ended: ended, Outcome: o}
}

func TestOperationsAreReadAsTheyWereWritten(t *testing.T) {
	value := "<x>"
	ops := []Op{op(1, 1, 0.5, 1.25, OK), op(2, 3, 1, 3, Unknown)}
	ops[0].Op, ops[0].Read, ops[1].Error = Read, &value, "timed out"
	var b bytes.Buffer
	if err := WriteLines(&b, ops); err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(b.String(), "\n"); !strings.Contains(first, `"intended":0.500000,"started":0.500000,"ended":1.250000`) {
		t.Errorf("%s", first)
	}
	got, err := ReadOps(&b)
	if err != nil || !reflect.DeepEqual(got, ops) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestNonsenseInFilesIsNamed(t *testing.T) {
	good := `{"version":1,"id":1,"client":1,"node":1,"op":"read","key":"k","intended":1,"started":1,"ended":2,"outcome":"ok","read":null}`
	if _, err := ReadOps(strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		`"version":1`: `"version":2`, `"node":1`: `"node":0`, `"op":"read"`: `"op":"frob"`, `"ended":2`: `"ended":0.5`, `"outcome":"ok"`: `"outcome":"fine"`,
		`"started":1`: `"started":1e300`, `"id":1`: `"id":"x"`,
	} {
		if _, err := ReadOps(strings.NewReader(good + "\n" + strings.Replace(good, from, to, 1))); err == nil || !strings.HasPrefix(err.Error(), "line 2: ") {
			t.Errorf("%s: %v", to, err)
		}
	}
	for _, line := range []string{`{"at":1,"kind":"frob"}`, `{"at":-1,"kind":"leader"}`, `{"at":1,"kind":"leader","node":-1}`, "x"} {
		if _, err := ReadEvents(strings.NewReader(line)); err == nil {
			t.Errorf("%s is accepted", line)
		}
	}
}

func FuzzOps(f *testing.F) {
	f.Add(`{"version":1,"id":1,"client":1,"node":1,"op":"read","key":"k","intended":1,"started":1,"ended":2,"outcome":"ok","read":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		ops, err := ReadOps(strings.NewReader(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := WriteLines(&b, ops); err != nil {
			t.Fatal(err)
		}
		if again, err := ReadOps(&b); err != nil || len(again) != len(ops) {
			t.Errorf("%q: %v", text, err)
		}
	})
}

func FuzzEvents(f *testing.F) {
	f.Add(`{"at":1,"kind":"owners","owners":{"k":[1,2]}}`)
	f.Fuzz(func(_ *testing.T, text string) {
		events, err := ReadEvents(strings.NewReader(text))
		if err == nil { // nothing in it may harm what is computed
			Summarize(valid(), nil, events, nil, nil)
		}
	})
}

// ops at 10 a second: none are answered from 10 to 12 s, half from then to 20 s.
func example() []Op {
	var ops []Op
	for i := range 300 {
		at := Seconds(i) / 10
		o, ended := OK, at+0.01
		switch {
		case at >= 10 && at < 12:
			o, ended = Unknown, at+1
		case at >= 12 && at < 20 && i%2 == 0:
			o = Failed
		}
		ops = append(ops, op(i, i%3+1, at, ended, o))
	}
	return ops
}

func TestWhatFollowsFromOperations(t *testing.T) {
	events := []Event{{At: 10, Kind: FaultBegin}, {At: 20, Kind: FaultEnd},
		{At: 0, Kind: Leader, Node: 1, About: 1, Value: 2}, {At: 0, Kind: Leader, Node: 2, About: 1, Value: 2},
		{At: 12, Kind: Leader, Node: 2, About: 2, Value: 3}, {At: 12, Kind: Term, Node: 2, Value: 3}, {At: 20.5, Kind: Leader, Node: 1, About: 2, Value: 3}}
	s := Summarize(valid(), example(), events, nil, nil)
	if len(s.Phases) != 3 || s.Phases[0].Answered != 100 || s.Phases[2].Answered != 100 || s.Phases[1].Answered != 40 {
		t.Fatalf("%+v", s.Phases)
	}
	if c := s.Phases[1].All.Counts; c[Unknown] != 20 || c[Failed] != 40 || c[OK] != 40 {
		t.Errorf("%v", c)
	}
	// From 10 s, the beginning, to the first that is answered, at 12.11.
	if math.Abs(float64(s.GapFromFault)-2.11) > 1e-6 || math.Abs(float64(s.GapFromMend)-0.1) > 1e-6 {
		t.Errorf("gaps %v and %v", s.GapFromFault, s.GapFromMend)
	}
	if s.Recovered == nil || *s.Recovered > 0.2 {
		t.Errorf("recovered %v", s.Recovered)
	}
	if s.LeaderChanges != 1 || s.Phases[1].Leaders != 1 || s.Terms["node-2"] != 3 || s.Membership != nil {
		t.Errorf("%+v", s)
	}
	if l := s.Phases[0].All.Latency; l == nil || math.Abs(l.P50-10) > 0.1 || l.N != 100 {
		t.Errorf("%+v", l)
	}
	if sum := s.Phases[0].PerNode[0].Counts[OK] + s.Phases[0].PerNode[1].Counts[OK] + s.Phases[0].PerNode[2].Counts[OK]; sum != 100 {
		t.Errorf("%d of all nodes", sum)
	}
}

// What is under way when the fault begins does not speak against what was before it.
func TestWhatIsUnderWayIsMetByTheFault(t *testing.T) {
	ops := []Op{op(1, 1, 9, 9.1, OK), op(2, 1, 9.999, 12, Unknown), op(3, 1, 7, 9, Unknown)}
	s := Summarize(valid(), ops, []Event{{At: 10, Kind: FaultBegin}, {At: 20, Kind: FaultEnd}}, nil, nil)
	if s.Phases[0].Answered != 50 || s.Phases[1].All.Counts[Unknown] != 1 {
		t.Errorf("%+v", s.Phases)
	}
}

func TestWhatFollowsFromMembers(t *testing.T) {
	events := []Event{
		{At: 0, Kind: Checksum, Node: 1}, {At: 0.1, Kind: Agree}, {At: 10, Kind: FaultBegin},
		{At: 12, Kind: Member, Node: 1, About: 2, Status: "suspect"}, {At: 12.1, Kind: Disagree},
		{At: 17, Kind: Member, Node: 1, About: 2, Status: "faulty"},
		{At: 18, Kind: Member, Node: 3, About: 2, Status: "faulty", Reached: true},
		{At: 17, Kind: Owners, Value: 2, Owners: map[string][]int{"k": {1, 2}, "l": {2, 3}}},
		{At: 20, Kind: FaultEnd}, {At: 21, Kind: Owners}, {At: 21, Kind: Agree}, {At: 22, Kind: Disagree}, {At: 23.5, Kind: Agree},
		{At: 15, Kind: Resolver, Node: 2, Status: "fenced"}, {At: 18, Kind: Resolver, Node: 2, Status: "serving"},
	}
	accepted := op(1, 1, 18, 18.1, OK)
	accepted.Owner = 2
	packets := []LinkCounts{{From: "node-1", To: "node-2"}, {From: "client-1", To: "node-1"}}
	packets[0].Sent, packets[1].Sent = 7, 100
	m := Summarize(valid(), []Op{accepted}, events, nil, packets).Membership
	if m == nil || *m.FirstDetected != 2 || *m.LastDetected != 8 || m.Suspicions != 1 || m.Faulty != 2 || m.FalsePositives != 1 {
		t.Fatalf("%+v", m)
	}
	if *m.Agreed != 3.5 || m.TwoOwners != 8 || m.AcceptsByTwo != 1 || m.Fenced != 3 || m.Packets != 7 {
		t.Errorf("%+v, agreed %v", m, *m.Agreed)
	}
}

func TestResultsAreNeverOverwritten(t *testing.T) {
	t.Chdir(t.TempDir())
	c := valid()
	first, err := MakeDir("", c)
	if err != nil {
		t.Fatal(err)
	}
	second, err := MakeDir("", c)
	if err != nil || first == second {
		t.Errorf("%s, %s, %v", first, second, err)
	}
	if err := WriteJSON(first+"/"+ConfigFile, c); err != nil {
		t.Fatal(err)
	}
	if _, err := MakeDir(first, c); err == nil {
		t.Error("a directory with results is taken")
	}
	c.FaultArgs = []string{"../../x y"}
	if dir, err := MakeDir("", c); err != nil || strings.Count(dir, "/") != 1 {
		t.Errorf("%s, %v", dir, err)
	}
}
