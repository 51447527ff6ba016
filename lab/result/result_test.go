package result

import (
	"bytes"
	"encoding/json"
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

func FuzzConfig(f *testing.F) {
	text, err := json.Marshal(valid())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ReadConfig(strings.NewReader(text)); err == nil && c.Validate() != nil {
			t.Errorf("%q is accepted", text)
		}
	})
}

// Results that were made before a setting existed can still be read.
func TestConfigsWithoutLaterSettings(t *testing.T) {
	old := valid()
	old.StableAfter, old.Handover, old.Store, old.MaxLateness = 0, "", "", 0
	text, err := json.Marshal(old)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := ReadConfig(bytes.NewReader(text)); err != nil || c.StableAfter != DefaultStableAfter || c.Handover != HandoverOff || c.Store != StoreMem || c.MaxLateness != DefaultMaxLateness {
		t.Errorf("%+v, %v", c, err)
	}
}

func valid() *Config {
	return &Config{
		Version: 1, System: "etcd", Topology: "simple", Workload: "uniform", Fault: "leader", Nodes: 3, Clients: 1, DurationS: 30, Rate: 10,
		PayloadSize: 10, WriteRatio: 1, ZipfS: 1.1, MaxInFlight: 10, OpTimeout: 1e9, FailureTimeout: 1e9, MTBF: 1, KillN: 1, Slow: 1e9,
		FaultLoss: 20, Skew: 1e9, Storm: 1, DiskMB: 100, CheckLimit: 1e9, Arrival: "uniform", ReadMode: "linearizable", How: "drop",
		StableAfter: 1e9, Handover: "auto", Store: "mem", MaxLateness: 1e8,
	}
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	if err := valid().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Config){
		"nodes": func(c *Config) { c.Nodes = 0 }, "clients": func(c *Config) { c.Clients = -1 }, "duration": func(c *Config) { c.DurationS = math.NaN() },
		"rate": func(c *Config) { c.Rate = 0 }, "many": func(c *Config) { c.Rate, c.DurationS = 1e5, 1e4 }, "ratio": func(c *Config) { c.WriteRatio = 1.1 },
		"arrival": func(c *Config) { c.Arrival = "soon" }, "read": func(c *Config) { c.ReadMode = "dirty" }, "how": func(c *Config) { c.How = "tear" },
		"payload": func(c *Config) { c.PayloadSize = 2 }, "target": func(c *Config) { c.Target = 4 }, "zipf": func(c *Config) { c.ZipfS = 1 },
		"handover": func(c *Config) { c.Handover = "soon" }, "backward handover": func(c *Config) { c.Handover = "-1s" }, "stable": func(c *Config) { c.StableAfter = 0 }, "store": func(c *Config) { c.Store = "paper" },
	} {
		c := valid()
		if spoil(c); c.Validate() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
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

func TestVerdicts(t *testing.T) {
	done := []Evidence{{What: "cut 1 2", OK: true}}
	for name, test := range map[string]struct {
		evidence    []Evidence
		answered    float64
		checks      []Check
		interrupted bool
		want        string
	}{
		"all is well":             {done, 100, []Check{{Verdict: Passed}}, false, Passed},
		"no evidence":             {nil, 100, nil, false, Void},
		"a fault that did not":    {[]Evidence{{What: "cut 1 2"}}, 100, nil, false, Void},
		"one time of two":         {[]Evidence{{What: "cut 1 2"}, {What: "cut 1 2", OK: true}}, 100, nil, false, Passed},
		"a pair that is silent":   {[]Evidence{{What: "cut 2 3"}, {What: "cut 1 2", OK: true}}, 100, nil, false, Passed},
		"one of two that live on": {[]Evidence{{What: "kill 1", OK: true}, {What: "kill 3"}}, 100, nil, false, Void},
		"one of two":              {[]Evidence{{What: "cut 1 2", OK: true}, {What: "kill 3"}}, 100, nil, false, Void},
		"bad before":              {done, 98, nil, false, Void},
		"a violation":             {done, 100, []Check{{Verdict: Violated}}, false, Violated},
		"not decided":             {done, 100, []Check{{Verdict: Undecided}}, false, Undecided},
		"void before a violation": {nil, 100, []Check{{Verdict: Violated}}, false, Void},
		"interrupted":             {nil, 100, nil, true, Interrupted},
	} {
		s := &Summary{Evidence: test.evidence, Checks: test.checks, Phases: []Phase{{Name: "before", Answered: test.answered}}}
		if s.Judge(valid(), test.interrupted); s.Verdict != test.want || s.Verdict != Passed && len(s.Why) == 0 {
			t.Errorf("%s: %s because %q, want %s", name, s.Verdict, s.Why, test.want)
		}
	}
	c := valid()
	c.Fault = "none"
	s := &Summary{}
	if s.Judge(c, false); s.Verdict != Passed {
		t.Errorf("without a fault: %s, %v", s.Verdict, s.Why)
	}
}

// A run on a machine that was too busy is void, unless a check has found something all the same.
func TestABusyMachine(t *testing.T) {
	for name, test := range map[string]struct {
		late Seconds // each operation
		some Seconds // one of them
		want string
		says bool
	}{
		"quiet":         {0.001, 0.001, Passed, false},
		"a single one":  {0.001, 0.5, Passed, true},
		"a bit late":    {0.02, 0.02, Passed, true},
		"late":          {0.2, 0.2, Void, true},
		"later than 1m": {100, 100, Void, true},
	} {
		ops := example()
		for i := range ops {
			ops[i].Started += test.late
		}
		ops[7].Started = ops[7].Intended + test.some
		s := Summarize(valid(), ops, nil, []Evidence{{What: "kill 1", OK: true}}, nil)
		s.Judge(valid(), false)
		_, words := s.Lateness.Busy(valid())
		if s.Verdict != test.want || (words != "") != test.says {
			t.Errorf("%s: %s %q, %q", name, s.Verdict, s.Why, words)
		}
		s.Checks = []Check{{Verdict: Violated}}
		if s.Judge(valid(), false); s.Verdict != Violated {
			t.Errorf("%s, with a violation: %s", name, s.Verdict)
		}
	}
	s := Summarize(valid(), example(), nil, []Evidence{{What: "kill 1", OK: true}}, nil)
	s.Lateness.Packets = &Latency{P99: 101, Max: 101, N: 1}
	if s.Judge(valid(), false); s.Verdict != Void || !strings.Contains(s.Why[0], "packets") {
		t.Errorf("late packets: %s %q", s.Verdict, s.Why)
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
