package check

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// history reads operations such as "0-1 a": from 0 to 1 ms, assignment a.
func history(texts ...string) []Operation {
	var all []Operation
	for _, text := range texts {
		o := Operation{Name: "Albert"}
		if _, err := fmt.Sscanf(text, "%d-%d %s", &o.Call, &o.Return, &o.Assignment); err != nil {
			panic(err)
		}
		o.Call, o.Return = o.Call*time.Millisecond, o.Return*time.Millisecond
		all = append(all, o)
	}
	return all
}

func TestWhatHistoriesShow(t *testing.T) {
	for _, test := range []struct {
		what                  string
		history               []Operation
		twoValues, reassigned int
	}{
		{"nothing", nil, 0, 0},
		{"one value", history("0-1 a", "2-3 a", "4-5 a"), 0, 0},
		{"reassigned", history("0-1 a", "2-3 b", "4-5 b"), 0, 1},
		{"both at once", history("0-1 a", "2-3 b", "4-5 a"), 1, 1},
		{"overlapping, in some order", history("0-9 a", "1-2 b", "3-4 b"), 0, 1},
		{"overlapping, in no order", history("0-9 a", "1-2 b", "3-4 a", "5-6 b"), 1, 1},
	} {
		r := Check(test.history)
		if len(r.TwoValues) != test.twoValues || len(r.Reassigned) != test.reassigned || len(r.Undecided) != 0 {
			t.Errorf("%s: %+v", test.what, r)
		}
	}
}

// The same IQ drawn twice is two values, and names do not disturb each other.
func TestAssignmentsCount(t *testing.T) {
	ops := history("0-1 a", "2-3 b", "4-5 a")
	for i := range ops {
		ops[i].IQ = 100
	}
	if r := Check(ops); len(r.TwoValues) != 1 {
		t.Errorf("equal IQs of two assignments: %+v", r)
	}
	ops[1].Name = "Mileva"
	if r := Check(ops); len(r.TwoValues)+len(r.Reassigned) != 0 || r.Names != 2 {
		t.Errorf("two names: %+v", r)
	}
}

func TestThePictureHasTheCut(t *testing.T) {
	var page bytes.Buffer
	if err := Draw("Albert", history("0-1 a", "2-3 b", "4-5 a"), []Period{{"cut: 1 | 2, 3", time.Millisecond, 4 * time.Millisecond}}, &page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"cut: 1 | 2, 3", "Albert", "node 1: "} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page has no %q", want)
		}
	}
}
