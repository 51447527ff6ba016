package main

// result is how many pairs of nodes on two sides were looked at, and how many of them both
// keep their side. A pair is what the two nodes believe.
type result struct {
	pairs, double uint64
	// one of them, if there is any
	first, second situation
}

// count looks at all histories of n members, all two sides of a clean split, each with
// any rest of members that have crashed or are on further sides, and all views of a node
// on each side.
func count(n int, m *model, d decider) (total result) {
	histories := make([]history, n)
	for {
		total.add(countHistory(histories, m, d))
		if !next(histories) {
			return total
		}
	}
}

// next steps to the next histories, like a counter.
func next(histories []history) bool {
	for i := range histories {
		if histories[i]++; histories[i] < allOfThem {
			return true
		}
		histories[i] = 0
	}
	return false
}

func (t *result) add(r result) {
	if t.double == 0 {
		t.first, t.second = r.first, r.second
	}
	t.pairs += r.pairs
	t.double += r.double
}

// tally is of one side: how many views a node on it may have, and with how many it keeps.
type tally struct {
	views, keeps uint64
	example      situation
}

func countHistory(histories []history, m *model, d decider) (total result) {
	sides := make([]tally, 1<<len(histories))
	for side := 1; side < len(sides); side++ {
		s := situation{side: uint(side), views: make([]view, len(histories))}
		eachView(&s, histories, m, 0, func() {
			if !s.decidable() {
				return
			}
			t := &sides[side]
			t.views++
			if d.keeps(&s) {
				t.keeps++
				t.example = situation{s.side, append([]view(nil), s.views...)}
			}
		})
	}
	for a := 1; a < len(sides); a++ {
		for b := a + 1; b < len(sides); b++ {
			if a&b != 0 {
				continue
			}
			double := sides[a].keeps * sides[b].keeps
			if double > 0 && total.double == 0 {
				total.first, total.second = sides[a].example, sides[b].example
			}
			total.pairs += sides[a].views * sides[b].views
			total.double += double
		}
	}
	return total
}

// eachView calls f with all views that a node may have of the members from i on.
func eachView(s *situation, histories []history, m *model, i int, f func()) {
	if i == len(histories) {
		f()
		return
	}
	for _, v := range m.views[histories[i]] {
		s.views[i] = v
		eachView(s, histories, m, i+1, f)
	}
}
