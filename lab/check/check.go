package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"

	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/system"
)

// History is a history that was checked, to be drawn.
type History struct {
	model porcupine.Model
	info  porcupine.LinearizationInfo
}

// Run checks the operations of a run against a model, and returns what can be drawn.
func Run(model string, c *result.Config, ops []result.Op, events []result.Event) ([]result.Check, *History) {
	switch model {
	case system.Register:
		check, history := linearizable("every key is a linearizable register", register, c, ops, events)
		if check.Verdict == result.Violated {
			check.Where = stale(ops)
		}
		return []result.Check{check}, history
	case system.AssignOnce:
		return assignment(c, ops, events)
	case system.Owner:
		return []result.Check{oneOwner(ops, events)}, nil
	}
	return nil, nil
}

// linearizable asks porcupine.
func linearizable(name string, model porcupine.Model, c *result.Config, ops []result.Op, events []result.Event) (result.Check, *History) {
	history := historyOf(ops)
	verdict, info := porcupine.CheckOperationsVerbose(model, history, c.CheckLimit)
	check := result.Check{Name: name, Verdict: result.Passed, Detail: fmt.Sprintf("%d operations checked", len(history))}
	switch verdict {
	case porcupine.Illegal:
		check.Verdict, check.Detail = result.Violated, "the history is not linearizable: "+culprits(model, ops, c)
	case porcupine.Unknown:
		check.Verdict, check.Detail = result.Undecided, fmt.Sprintf("not decided within %v", c.CheckLimit)
	}
	info.AddAnnotations(annotations(c, events))
	return check, &History{model, info}
}

// culprits names the keys whose histories are not linearizable.
func culprits(model porcupine.Model, ops []result.Op, c *result.Config) string {
	byKey := map[string][]result.Op{}
	for i := range ops {
		byKey[ops[i].Key] = append(byKey[ops[i].Key], ops[i])
	}
	var keys []string
	for key, list := range byKey {
		if porcupine.CheckOperationsTimeout(model, historyOf(list), c.CheckLimit) == porcupine.Illegal {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	const most = 10
	if len(keys) > most {
		return fmt.Sprintf("%s and %d other keys", strings.Join(keys[:most], ", "), len(keys)-most)
	}
	return strings.Join(keys, ", ")
}

type input struct {
	key, value string
	write      bool
	node       int
}

type output struct {
	value   string
	missing bool // nothing was read
	unknown bool
	// revision is the number of the write, 0 where the system gives none.
	revision int64
	// rank is the position of the write among those of its key, from 1, by their revisions.
	// Writes must happen in that order: a plain register promises less, but etcd promises
	// this, and it leaves the checker a single order to try. 0 where a write of the key has
	// no revision.
	rank int
	// readers is how many reads have seen the write before this one: they all must
	// happen before this one does.
	readers int
}

// historyOf returns the operations that a checker needs. Failed and shed ones have not
// happened, and an unknown read says nothing. An unknown write may happen until the end.
// If its value, which is unique, was never read, the write can always be ordered last, and
// is left out; otherwise it has happened by the end of the first read of it, which saves
// the checker most of its work.
func historyOf(ops []result.Op) []porcupine.Operation {
	type reading struct {
		at       result.Seconds
		revision int64
	}
	read := map[string]reading{} // when a value was first read
	for i := range ops {
		op := &ops[i]
		if op.Outcome != result.OK || op.Read == nil {
			continue
		}
		if first, known := read[*op.Read]; !known || op.Ended < first.at {
			read[*op.Read] = reading{op.Ended, op.Revision}
		}
	}
	var history []porcupine.Operation
	for i := range ops {
		op := &ops[i]
		unknown := op.Outcome == result.Unknown
		by, wasRead := read[op.Value]
		if op.Outcome != result.OK && !unknown || unknown && (op.Op == result.Read || !wasRead) {
			continue
		}
		o := porcupine.Operation{
			ClientId: op.Node - 1,
			Input:    input{op.Key, op.Value, op.Op == result.Write, op.Node},
			Call:     nanoseconds(op.Started),
			Return:   nanoseconds(op.Ended),
		}
		out := output{unknown: unknown, revision: op.Revision}
		if op.Read != nil {
			out.value = *op.Read
		} else {
			out.missing = true
		}
		if unknown {
			o.Return, out.revision = max(o.Call, nanoseconds(by.at)), by.revision
		}
		o.Output = out
		history = append(history, o)
	}
	rank(history)
	return spread(history)
}

// rank fills in the ranks of writes, and for reads that of the write that they saw.
func rank(history []porcupine.Operation) {
	revisions := map[string][]int64{} // of the writes of a key, and of none
	for _, o := range history {
		if i := o.Input.(input); i.write {
			revisions[i.key] = append(revisions[i.key], o.Output.(output).revision)
		}
	}
	ranks := map[string]map[int64]int{}
	for key, list := range revisions {
		slices.Sort(list)
		if list[0] == 0 {
			continue
		}
		ranks[key] = map[int64]int{}
		for i, r := range list {
			ranks[key][r] = i + 1
		}
	}
	type place struct {
		key  string
		rank int
	}
	readers := map[place]int{}
	for i := range history {
		in, out := history[i].Input.(input), history[i].Output.(output)
		out.rank = ranks[in.key][out.revision]
		if history[i].Output = out; !in.write {
			readers[place{in.key, out.rank}]++
		}
	}
	for i := range history {
		in, out := history[i].Input.(input), history[i].Output.(output)
		if in.write && out.rank > 0 {
			out.readers = readers[place{in.key, out.rank - 1}]
			history[i].Output = out
		}
	}
}

func nanoseconds(s result.Seconds) int64 { return int64(float64(s) * 1e9) }

// spread gives each operation that overlaps another one of its client a client of its
// own: the load is open, and a picture of a client has room for one at a time.
func spread(history []porcupine.Operation) []porcupine.Operation {
	slices.SortStableFunc(history, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	var busy []int64 // until when, by client
	for i := range history {
		client := slices.IndexFunc(busy, func(until int64) bool { return until < history[i].Call })
		if client < 0 {
			client, busy = len(busy), append(busy, 0)
		}
		history[i].ClientId, busy[client] = client, history[i].Return
	}
	return history
}

// byKey splits a history: what is done to one key does not concern another.
func byKey(history []porcupine.Operation) (parts [][]porcupine.Operation) {
	index := map[string]int{}
	for _, o := range history {
		key := o.Input.(input).key
		i, known := index[key]
		if !known {
			i = len(parts)
			index[key], parts = i, append(parts, nil)
		}
		parts[i] = append(parts[i], o)
	}
	return parts
}

// absent is the state of a key without a value. Values are digits.
const absent = ""

type value struct {
	value   string
	rank    int
	readers int // so far
}

// register is a value that can be written and read.
var register = porcupine.Model{
	Partition: byKey,
	Init:      func() any { return value{} },
	Step: func(state, in, out any) (bool, any) {
		i, o, s := in.(input), out.(output), state.(value)
		if i.write {
			return o.rank == 0 || o.rank == s.rank+1 && o.readers == s.readers, value{i.value, o.rank, 0}
		}
		same := o.value == s.value && o.missing == (s.value == absent)
		if o.rank > 0 || s.rank > 0 || o.missing {
			s.readers++
		}
		return same, s
	},
	DescribeOperation: describe,
	DescribeState:     func(state any) string { return state.(value).value },
}

func describe(in, out any) string {
	i, o := in.(input), out.(output)
	what := fmt.Sprintf("read %s at node %d", i.key, i.node)
	if i.write {
		what = fmt.Sprintf("write %s = %s at node %d", i.key, i.value, i.node)
	}
	switch {
	case o.unknown:
		return what + " → ?"
	case i.write && o.missing:
		return what + " → ok"
	case o.missing:
		return what + " → nothing"
	}
	return what + " → " + o.value
}

// annotations show the fault and the leaders in the picture of a history.
func annotations(c *result.Config, events []result.Event) (list []porcupine.Annotation) {
	if from, to, any := result.Window(c, events); any {
		list = append(list, porcupine.Annotation{Tag: "fault", Start: nanoseconds(from), End: nanoseconds(to), Description: c.FaultName(), BackgroundColor: "#f4c98b"})
	}
	for _, e := range events {
		if e.Kind == result.Leader {
			list = append(list, porcupine.Annotation{Tag: fmt.Sprintf("node %d", e.Node), Start: nanoseconds(e.At), Description: e.Detail, BackgroundColor: "#cfe0f3"})
		}
		if e.Kind == result.Action {
			list = append(list, porcupine.Annotation{Tag: "fault", Start: nanoseconds(e.At), Description: e.Detail, BackgroundColor: "#f4c98b"})
		}
	}
	return list
}

// Write draws the history as a page.
func (h *History) Write(path string) error { return porcupine.VisualizePath(h.model, h.info, path) }

// oneOwner looks for operations that were accepted while another node would have
// accepted them, too.
func oneOwner(ops []result.Op, events []result.Event) result.Check {
	check := result.Check{Name: "one node at a time accepts a key", Verdict: result.Passed, Detail: "none was accepted by two"}
	if twice := result.AcceptedByTwo(ops, events); len(twice) > 0 {
		first := twice[0]
		check.Verdict = result.Violated
		check.Detail = fmt.Sprintf("%d operations were accepted while another node would have, too; the first of %s by node %d, %.1f s after the beginning", len(twice), first.Key, first.Owner, first.Ended)
		for _, op := range twice[:min(len(twice), maxWhere)] {
			check.Where = append(check.Where, result.Where{ID: op.ID, At: op.Ended, Text: fmt.Sprintf("%s accepted by node %d and another", op.Key, op.Owner)})
		}
	}
	return check
}
