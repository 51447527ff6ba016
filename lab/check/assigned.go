package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"

	"github.com/ringmend/ringmend/lab/result"
)

// assignment checks keys that get a value once. What forgets, such as a store in memory, may
// assign a key again; but an earlier value that comes back after a later one was seen shows
// that two sides have assigned it.
func assignment(c *result.Config, ops []result.Op, events []result.Event) ([]result.Check, *History) {
	split, history := linearizable("no key has two values at a time", oneAtATime, c, ops, events)
	once, assigned := linearizable("every key is assigned once", assignOnce, c, ops, events)
	again, back := changes(ops)
	if once.Verdict == result.Violated {
		once.Where = again
	}
	if split.Verdict == result.Violated {
		split.Where = back
		return []result.Check{split, once}, history
	}
	return []result.Check{split, once}, assigned
}

// assignOnce is a value that the first write sets, and that every write and read
// returns.
var assignOnce = porcupine.Model{
	Partition: byKey,
	Init:      func() any { return absent },
	Step: func(state, in, out any) (bool, any) {
		i, o := in.(input), out.(output)
		if i.write && state == absent {
			state = i.value
			if o.value != "" && !o.unknown { // the system made the value
				state = o.value
			}
		}
		return o.unknown || o.value == state && o.missing == (state == absent), state
	},
	DescribeOperation: describe,
	DescribeState:     func(state any) string { return fmt.Sprintf("%q", state) },
}

// oneAtATime is a value that may be assigned again, but whose earlier ones never come back. Its
// state is the values so far, the current one last.
var oneAtATime = porcupine.Model{
	Partition: byKey,
	Init:      func() any { return absent },
	Step: func(state, _, out any) (bool, any) {
		past, o := strings.Fields(state.(string)), out.(output)
		switch i := slices.Index(past, o.value); {
		case o.unknown:
			return true, state
		case o.missing:
			return len(past) == 0, state
		case i < 0:
			return true, strings.Join(append(past, o.value), " ")
		default:
			return i == len(past)-1, state
		}
	},
	DescribeOperation: describe,
	DescribeState: func(state any) string {
		past := strings.Fields(state.(string))
		if len(past) == 0 {
			return "not assigned"
		}
		return fmt.Sprintf("assigned %d times, now %s", len(past), past[len(past)-1])
	},
}

// changes returns the answers that differ from the one before, in the order of their ends, and
// those of them whose value had been replaced.
func changes(ops []result.Op) (again, back []result.Where) {
	byEnd := slices.Clone(ops)
	slices.SortStableFunc(byEnd, func(a, b result.Op) int { return cmp.Compare(a.Ended, b.Ended) })
	latest, seen := map[string]result.Op{}, map[[2]string]bool{}
	for i := range byEnd {
		op := byEnd[i]
		if op.Outcome != result.OK || op.Read == nil {
			continue
		}
		before, known := latest[op.Key]
		latest[op.Key] = op
		pair := [2]string{op.Key, *op.Read}
		was := seen[pair]
		seen[pair] = true
		if !known || *before.Read == *op.Read {
			continue
		}
		where := result.Where{ID: op.ID, At: op.Ended, Text: fmt.Sprintf("%s is %s at node %d, of node %d; %.3f s before it was %s at node %d, of node %d",
			op.Key, *op.Read, op.Node, op.Owner, op.Ended-before.Ended, *before.Read, before.Node, before.Owner)}
		if len(again) < maxWhere {
			again = append(again, where)
		}
		if was && len(back) < maxWhere {
			back = append(back, where)
		}
	}
	return again, back
}
