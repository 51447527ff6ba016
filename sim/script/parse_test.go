package script

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/node/swim"
)

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
	values := strings.NewReplacer(" STRATEGY[,observe]", " keep-majority,observe", " NAME", " stuck-suspect", " N", " 3", "go|node|", "", "ringmend|", "", "own|", "")
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
		if _, err := Parse(text); ok != (err == nil) || !ok && !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// What make large plays takes too long for a test; that it can be read does not.
func TestTheLargestScriptCanBeRead(t *testing.T) {
	text, err := os.ReadFile("../testdata/large.txt")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Parse(string(text)); err != nil || s.Nodes != 10_000 || s.Flavour() != swim.FlavourSum {
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
