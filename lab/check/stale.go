package check

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/lab/result"
)

// maxWhere bounds the operations that are named.
const maxWhere = 100

// stale returns reads of a value that had been overwritten before they began, as far as
// revisions tell.
func stale(ops []result.Op) (list []result.Where) {
	byEnd := slices.Clone(ops)
	slices.SortStableFunc(byEnd, func(a, b result.Op) int { return cmp.Compare(a.Ended, b.Ended) })
	byStart := slices.Clone(ops)
	slices.SortStableFunc(byStart, func(a, b result.Op) int { return cmp.Compare(a.Started, b.Started) })
	newest := map[string]result.Op{} // of those that had ended
	ended := 0
	for i := range byStart {
		op := &byStart[i]
		for ; ended < len(byEnd) && byEnd[ended].Ended < op.Started; ended++ {
			if done := byEnd[ended]; done.Outcome == result.OK && done.Revision > newest[done.Key].Revision {
				newest[done.Key] = done
			}
		}
		before := newest[op.Key]
		if op.Outcome == result.OK && op.Op == result.Read && op.Revision < before.Revision {
			list = append(list, result.Where{ID: op.ID, At: op.Ended, Text: fmt.Sprintf("node %d answers a read of %s with %s, which was overwritten: node %d had answered with revision %d %.3f s before",
				op.Node, op.Key, valueText(op.Read), before.Node, before.Revision, op.Started-before.Ended)})
			if len(list) == maxWhere {
				break
			}
		}
	}
	return list
}

func valueText(value *string) string {
	if value == nil {
		return "nothing"
	}
	return *value
}
