// Package check decides whether the answers that clients got can come from a service that
// assigns each name once. Porcupine does the searching; the models are here.
package check

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// Operation is a request that was answered. Those without an answer are left out: a name that
// such a request may have assigned shows in a later answer, or never.
type Operation struct {
	Node         int // that was asked
	Name         string
	Call, Return time.Duration // since the begin of the history
	IQ           int
	Assignment   string // tells assignments of the same IQ apart
}

// Period is a time in the history to point out in the picture.
type Period struct {
	What     string
	From, To time.Duration
}

// Result is what a history shows.
type Result struct {
	Names int
	// TwoValues are names that had two values at a time: an earlier one came back after a
	// later one was seen. That is a split brain.
	TwoValues []string
	// Reassigned are names that had more than one value, at a time or one after the other.
	Reassigned []string
	// Undecided are names for which the search took too long.
	Undecided []string
}

// patience is how long the search may take for one name.
const patience = 10 * time.Second

// Check checks a history.
func Check(history []Operation) Result {
	var result Result
	for _, operations := range byName(history) {
		name := operations[0].Input.(string)
		result.Names++
		switch porcupine.CheckOperationsTimeout(oneAtATime, operations, patience) {
		case porcupine.Illegal:
			result.TwoValues = append(result.TwoValues, name)
		case porcupine.Unknown:
			result.Undecided = append(result.Undecided, name)
		}
		if !porcupine.CheckOperations(once, operations) {
			result.Reassigned = append(result.Reassigned, name)
		}
	}
	return result
}

// Draw writes a page that shows the history of a name, and where it goes wrong. Of equal answers
// in a row, by one node within one period, it shows the first and the last.
func Draw(name string, history []Operation, periods []Period, w io.Writer) error {
	history = thin(slices.DeleteFunc(slices.Clone(history), func(o Operation) bool { return o.Name != name }), periods)
	_, info := porcupine.CheckOperationsVerbose(oneAtATime, operations(history), patience)
	var end time.Duration
	for _, o := range history {
		end = max(end, o.Return)
	}
	annotations := []porcupine.Annotation{{Tag: "name", Start: 0, End: int64(end), Description: name}}
	for _, p := range periods {
		annotations = append(annotations, porcupine.Annotation{
			Tag: "network", Start: int64(p.From), End: int64(p.To), Description: p.What, BackgroundColor: "#ffcc80",
		})
	}
	info.AddAnnotations(annotations)
	return porcupine.Visualize(oneAtATime, info, w)
}

// thin leaves out answers between equal ones of the same node and period. A value that comes
// back after another one still does: the first of its answers is no later, and the last one
// no earlier.
func thin(history []Operation, periods []Period) []Operation {
	same := func(a, b *Operation) bool {
		return a.Assignment == b.Assignment && !slices.ContainsFunc(periods, func(p Period) bool {
			return (a.Call < p.From) != (b.Call < p.From) || (a.Call < p.To) != (b.Call < p.To)
		})
	}
	byNode := make(map[int][]Operation)
	for _, o := range history {
		byNode[o.Node] = append(byNode[o.Node], o)
	}
	var kept []Operation
	for _, node := range slices.Sorted(maps.Keys(byNode)) {
		all := byNode[node]
		slices.SortFunc(all, func(a, b Operation) int { return cmp.Compare(a.Call, b.Call) })
		for i := range all {
			if i == 0 || i == len(all)-1 || !same(&all[i-1], &all[i]) || !same(&all[i], &all[i+1]) {
				kept = append(kept, all[i])
			}
		}
	}
	return kept
}

// answer is the output of an operation, for porcupine.
type answer struct {
	iq         int
	assignment string
	node       int
}

func operations(history []Operation) []porcupine.Operation {
	var all []porcupine.Operation
	for _, o := range history {
		all = append(all, porcupine.Operation{
			ClientId: o.Node, Input: o.Name, Call: int64(o.Call), Return: int64(o.Return),
			Output: answer{o.IQ, o.Assignment, o.Node},
		})
	}
	return all
}

func byName(history []Operation) [][]porcupine.Operation { return partition(operations(history)) }

func partition(history []porcupine.Operation) [][]porcupine.Operation {
	index := make(map[string]int)
	var parts [][]porcupine.Operation
	for _, o := range history {
		name := o.Input.(string)
		i, known := index[name]
		if !known {
			i = len(parts)
			index[name] = i
			parts = append(parts, nil)
		}
		parts[i] = append(parts[i], o)
	}
	slices.SortFunc(parts, func(a, b []porcupine.Operation) int {
		return strings.Compare(a[0].Input.(string), b[0].Input.(string))
	})
	return parts
}

// once is a register that is assigned by the first request, and never again. Its state is the
// assignment.
var once = porcupine.Model{
	Partition: partition,
	Init:      func() any { return "" },
	Step: func(state, _, output any) (bool, any) {
		seen := output.(answer).assignment
		return state == "" || state == seen, seen
	},
}

// oneAtATime is a register that may be assigned again, as one in memory is when its node is
// gone, but whose earlier values never come back. Its state is the assignments so far, the
// current one last.
var oneAtATime = porcupine.Model{
	Partition: partition,
	Init:      func() any { return "" },
	Step: func(state, _, output any) (bool, any) {
		past, seen := state.(string), output.(answer).assignment
		switch {
		case past == seen, strings.HasSuffix(past, " "+seen):
			return true, past
		case slices.Contains(strings.Fields(past), seen):
			return false, past
		}
		return true, strings.TrimSpace(past + " " + seen)
	},
	DescribeOperation: func(_, output any) string {
		a := output.(answer)
		return fmt.Sprintf("node %d: %d", a.node+1, a.iq)
	},
	DescribeState: func(state any) string {
		past := strings.Fields(state.(string))
		switch len(past) {
		case 0:
			return "not assigned"
		case 1:
			return "assigned once: " + past[0]
		}
		return fmt.Sprintf("assigned %d times, now %s", len(past), past[len(past)-1])
	},
}
