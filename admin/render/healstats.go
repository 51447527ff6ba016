package render

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// HealStats shows the figures of healing, a row for each node.
func HealStats(all []*wire.HealStats) string {
	rows := table{{"Address", "Split", "Reachable", "Faulty", "Suspected", "Whole", "Probes", "Answered", "Merges", "Failed"}}
	for _, s := range all {
		rows = append(rows, []string{
			Foreign(s.Address), splitSince(s), strconv.Itoa(s.Now.Reachable), strconv.Itoa(s.Now.Faulty + s.Now.Tombstones),
			count(s.Suspected), count(s.Whole), count(s.Attempts), count(s.Reached), count(s.Merges), count(failedMerges(s)),
		})
	}
	return rows.String()
}

func splitSince(s *wire.HealStats) string {
	if !s.Now.Suspected {
		return "no"
	}
	return "since " + s.Now.SuspectedAt.UTC().Format(time.RFC3339)
}

func count(n uint64) string { return strconv.FormatUint(n, 10) }

// failedMerges counts the merges that the other side did not take.
func failedMerges(s *wire.HealStats) (n uint64) {
	for _, times := range s.MergesFailed {
		n += times
	}
	return n
}

// HealStatsFailed names the nodes that have no figures, with the reasons.
func HealStatsFailed(failed map[wire.Address]string) string {
	text := ""
	for _, address := range slices.SortedFunc(maps.Keys(failed), admin.CompareAddresses) {
		text += fmt.Sprintf("No figures of healing from %s: %s\n", address, failed[address])
	}
	return text
}
