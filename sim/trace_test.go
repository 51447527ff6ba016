package sim

import (
	"bytes"
	"testing"

	"github.com/ringmend/ringmend/sim/script"
)

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
	var scripts []*script.Script
	random, err := script.FindScenario("random")
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(4) {
		s, err := random.Script(8, seed)
		if err != nil {
			t.Fatal(err)
		}
		encoded := s.Clone()
		encoded.Wire = true
		scripts = append(scripts, s, s, encoded)
	}
	// One with storms, in which the room of messages is used again.
	storm := parse(t, "nodes 100\nlabels\n8s cut 1-50 | 51-100\n24s mend\nfor 30s")
	encoded := storm.Clone()
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
