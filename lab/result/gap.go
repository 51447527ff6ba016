package result

import (
	"slices"
)

// successes returns when successful operations ended, in order.
func successes(ops []Op) []Seconds {
	var at []Seconds
	for i := range ops {
		if ops[i].Outcome == OK {
			at = append(at, ops[i].Ended)
		}
	}
	slices.Sort(at)
	return at
}

// gap returns the longest part of a time in which no operation succeeded.
func gap(done []Seconds, from, to Seconds) (longest Seconds) {
	last := from
	for _, at := range done {
		if at <= from {
			continue
		}
		if at > to {
			break
		}
		longest = max(longest, at-last)
		last = at
	}
	return max(longest, to-last)
}

// recovered returns how long after the mend the first second began in which at least 95 %
// as many operations succeeded as in a second before the fault.
func recovered(done []Seconds, from, to, end Seconds) *Seconds {
	count := func(a, b Seconds) int {
		i, _ := slices.BinarySearch(done, a)
		j, _ := slices.BinarySearch(done, b)
		return j - i
	}
	if from <= 0 {
		return nil
	}
	want := 0.95 * float64(count(0, from)) / float64(from)
	const step = Seconds(0.1)
	for at := to; at+1 <= end; at += step {
		// A second has one more or less than the mean says, wherever it begins.
		if float64(count(at, at+1)) >= want-1 {
			took := at - to
			return &took
		}
	}
	return nil
}
