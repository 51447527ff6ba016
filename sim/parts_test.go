package sim

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Events come out in order of time, and those of the same time in the order in
// which they were put in.
func TestQueueIsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		type mark struct{ at, seq int }
		var want, got []mark
		for i, at := range rapid.SliceOfN(rapid.IntRange(0, 20), 0, 200).Draw(t, "times") {
			q.push(event{at: time.Duration(at), node: int32(i)})
			want = append(want, mark{at, i})
		}
		slices.SortStableFunc(want, func(a, b mark) int { return a.at - b.at })
		for q.len() > 0 {
			e := q.pop()
			got = append(got, mark{int(e.at), int(e.node)})
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// A clock shows a time not before the moment that it says it will, and did not a
// moment earlier, whatever its rate.
func TestClockAndItsInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := clock{
			base:   epoch.Add(time.Duration(rapid.Int64Range(-1e13, 1e13).Draw(t, "offset"))),
			origin: time.Duration(rapid.Int64Range(0, 1e13).Draw(t, "origin")),
			ppm:    rapid.Int64Range(-maxDrift+1, maxDrift-1).Draw(t, "ppm"),
		}
		local := c.base.Add(time.Duration(rapid.Int64Range(1, int64(48*time.Hour)).Draw(t, "local")))
		at := c.when(local)
		if c.at(at).Before(local) {
			t.Fatalf("at %v it shows %v, before %v", at, c.at(at), local)
		}
		if early := at - 2; !c.at(early).Before(local) {
			t.Fatalf("at %v, before %v, it shows %v already", early, at, c.at(early))
		}
		before := c.at(at)
		c.drift(at, 50)
		if !c.at(at).Equal(before) {
			t.Fatalf("another rate makes it jump from %v to %v", before, c.at(at))
		}
	})
}

func TestCuts(t *testing.T) {
	n := network{cuts: []cut{
		{part: parts(5, []Set{{1, 2}, {3, 4}}), how: howDrop},
		{part: parts(5, []Set{{5}, {1}}), oneWay: true, how: howRefuse},
	}}
	for _, c := range []struct {
		from, to int32
		how      string
	}{{0, 1, ""}, {0, 2, howDrop}, {2, 0, howDrop}, {4, 2, ""}, {2, 4, ""}, {4, 0, howRefuse}, {0, 4, ""}} {
		if how := n.blocked(c.from, c.to); how != c.how {
			t.Errorf("from node %d to %d: %q, want %q", c.from+1, c.to+1, how, c.how)
		}
	}
}

// Sizes are what the codec makes of a body.
func TestSizeIsThatOnTheWire(t *testing.T) {
	changes := []wire.Change{
		{Address: "10.0.0.1:3000", Incarnation: 1_700_000_000_000, Source: "10.0.0.2:3000", SourceIncarnation: 7, Timestamp: 1_700_000_000},
		{Address: "10.0.0.3:3000", Incarnation: 5, Status: wire.Tombstone},
		{Address: "10.0.0.4:3000", Incarnation: 5, Status: wire.Suspect, Labels: map[string]string{"a": "b", "long": "value"}},
	}
	for _, body := range []any{
		&wire.Ping{Checksum: 123, Source: "10.0.0.1:3000", SourceIncarnation: 99, App: "sim", Changes: changes},
		&wire.Ping{},
		&wire.PingRequest{Source: "10.0.0.1:3000", Target: "10.0.0.2:3000", Changes: changes[:1]},
		&wire.PingRequestResponse{OK: true, Target: "10.0.0.2:3000", Changes: changes},
		&wire.PingRequestResponse{Target: "10.0.0.2:3000"},
		&wire.JoinResponse{App: "sim", Coordinator: "10.0.0.1:3000", Membership: changes, Checksum: 42, Version: 3},
	} {
		var e wire.Encoder
		encoded, err := e.Encode(body)
		if err != nil {
			t.Fatal(err)
		}
		var g nodeMeter
		for range 2 { // the second time it remembers
			list := toldBy(body)
			if size := g.size(body, &list); size != len(encoded) {
				t.Errorf("%T: %d bytes, want %d:\n%s", body, size, len(encoded), encoded)
			}
		}
	}
}

// Every script that a scenario makes is read back the same.
func TestScriptsCanBeRead(t *testing.T) {
	for _, c := range Scenarios() {
		for seed := range uint64(50) {
			s, err := c.Script(c.MinNodes+int(seed)%20, seed)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Parse(s.String())
			if err != nil {
				t.Fatalf("%v:\n%s", err, s)
			}
			if again.String() != s.String() {
				t.Fatalf("%s, seed %d: read back as\n%s\nnot\n%s", c.Name, seed, again, s)
			}
		}
	}
}

// What the help says of settings is how a script is written.
func TestSettingsCanBeRead(t *testing.T) {
	values := strings.NewReplacer(" NAME", " stuck-suspect", " N", " 3", "go|node|", "", "ringmend|", "", "own|", "")
	for _, s := range Settings() {
		if _, err := Parse("nodes 3\n" + values.Replace(s)); err != nil {
			t.Error(err)
		}
	}
}

// Nodes of flavour node have no labels, so scripts must not give them any.
func TestFlavourNodeHasNoLabels(t *testing.T) {
	for text, ok := range map[string]bool{
		"nodes 3\nchecksum node":                   true,
		"nodes 3\nlabels\nchecksum sum":            true,
		"nodes 3\nlabels\nchecksum node":           false,
		"nodes 3\nchecksum node\n5s label 2":       false,
		"nodes 3\nchecksum node\n5s leave 2":       true,
		"nodes 3\nchecksum go\nlabels\n5s label 2": true,
	} {
		if _, err := Parse(text); ok != (err == nil) || !ok && !errors.Is(err, ErrScript) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// What make large plays takes too long for a test; that it can be read does not.
func TestTheLargestScriptCanBeRead(t *testing.T) {
	text, err := os.ReadFile("testdata/large.txt")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Parse(string(text)); err != nil || s.Nodes != 10_000 || s.flavour() != swim.FlavourSum {
		t.Errorf("%v, %v", s, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range Scenarios() {
		s, err := c.Script(20, 1)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(s.String())
	}
	f.Add("nodes 5\n1s cut 1-2 | 3,4,5 how=stall\n2s drift 3 ppm=-2e3 # fast")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(s.String())
		if err != nil || again.String() != s.String() {
			t.Fatalf("%v: %q is read back as %q", err, s, again)
		}
	})
}

func TestViolationsAreReproducible(t *testing.T) {
	s := parse(t, "nodes 5\nmutant stuck-suspect\n10s crash 3")
	first, second := play(t, s, Options{}), play(t, s, Options{})
	if a, b := first.Violation.Report(), second.Violation.Report(); a != b {
		t.Errorf("two reports of one script:\n%s\n%s", a, b)
	}
}

// The same script has the same trace: played twice, at the same time as others,
// and with bodies that are encoded on their way. Another seed has another one.
func TestSameScriptSameTrace(t *testing.T) {
	var scripts []*Script
	random, err := FindScenario("random")
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(4) {
		s, err := random.Script(8, seed)
		if err != nil {
			t.Fatal(err)
		}
		encoded := s.clone()
		encoded.Wire = true
		scripts = append(scripts, s, s, encoded)
	}
	// One with storms, in which the room of messages is used again.
	storm := parse(t, "nodes 100\nlabels\n8s cut 1-50 | 51-100\n24s mend\nfor 30s")
	encoded := storm.clone()
	encoded.Wire = true
	scripts = append(scripts, storm, storm, encoded)
	var hashes []uint64
	if err := RunAll(scripts, 3, Options{}, func(_ int, r *Result) bool {
		hashes = append(hashes, r.TraceHash)
		return r.Violation == nil
	}); err != nil || len(hashes) != len(scripts) {
		t.Fatalf("%v after %d runs", err, len(hashes))
	}
	for i := 0; i < len(hashes); i += 3 {
		if hashes[i] != hashes[i+1] {
			t.Errorf("seed %d: %x, the second time %x", i/3, hashes[i], hashes[i+1])
		}
		if hashes[i] != hashes[i+2] {
			t.Errorf("seed %d: %x, with encoded bodies %x", i/3, hashes[i], hashes[i+2])
		}
		if i > 0 && hashes[i] == hashes[0] {
			t.Errorf("seeds 0 and %d have the same trace", i/3)
		}
	}
}

func TestTraceTellsWhatHappens(t *testing.T) {
	var out bytes.Buffer
	r := play(t, parse(t, "nodes 3\n5s crash 2\n20s restart 2"), Options{Trace: &out})
	for _, text := range []string{"node 2    is killed", "holds node 2 faulty", "node 2    starts, life 3", "has joined by 2 hosts"} {
		if !bytes.Contains(out.Bytes(), []byte(text)) {
			t.Errorf("the trace does not tell %q:\n%.2000s", text, out.String())
		}
	}
	if again := play(t, r.Script, Options{}); again.TraceHash != r.TraceHash {
		t.Error("to write the trace down changes it")
	}
}

func TestPercentile(t *testing.T) {
	values := make([]float64, 200)
	for i, v := range rand.New(rand.NewPCG(1, 1)).Perm(200) {
		values[i] = float64(v + 1)
	}
	slices.Sort(values)
	if p50, p99, one := Percentile(values, 0.5), Percentile(values, 0.99), Percentile([]float64{7}, 0.5); p50 != 100 || p99 != 198 || one != 7 {
		t.Errorf("median %v, p99 %v, of one value %v", p50, p99, one)
	}
}
