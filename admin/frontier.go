package admin

import "github.com/ringmend/ringmend/node/wire"

// rank is how much the answer to a question matters to a look.
type rank uint8

const (
	awaited    rank = iota // for as long as a call may take
	aside                  // for a moment: no answer is expected
	background             // not at all: it kept an earlier look waiting in vain
	numRanks
)

// target is a question of a look, and what is known about it.
type target struct {
	question
	given bool // by who wants the look
	named bool // given, or an address of a name that is
	known bool // to a node that answered
	up    bool // for a node that answered: alive or suspect
	slow  bool

	asked, done bool
	answer      answer // when done
}

func (t *target) rank() rank {
	switch {
	case t.slow:
		return background
	case t.up || t.named && !t.known:
		return awaited
	default:
		return aside
	}
}

// frontier holds the questions of a look, those to come in the order in which they
// are asked.
type frontier struct {
	targets map[question]*target
	order   []*target // in which they were heard of
	skipped map[wire.Address]bool

	// queues are what is to be asked. A target whose rank changed is in two, and
	// counts in that of its rank.
	queues [numRanks][]*target
	left   [numRanks]int // that are not done, by rank
	done   int
}

func newFrontier() *frontier {
	return &frontier{targets: map[question]*target{}, skipped: map[wire.Address]bool{}}
}

// add adds a target, unless there are too many. It must be a new one.
func (f *frontier) add(t *target) {
	if len(f.order) >= MaxNodes {
		if len(f.skipped) < MaxNodes {
			f.skipped[t.address] = true
		}
		return
	}
	f.targets[t.question] = t
	f.order = append(f.order, t)
	f.left[t.rank()]++
	f.enqueue(t)
}

func (f *frontier) enqueue(t *target) {
	if !t.asked {
		f.queues[t.rank()] = append(f.queues[t.rank()], t)
	}
}

// change changes what is known about a target.
func (f *frontier) change(t *target, change func(*target)) {
	before := t.rank()
	change(t)
	if after := t.rank(); after != before && !t.done {
		f.left[before]--
		f.left[after]++
		f.enqueue(t)
	}
}

// next takes the next target of a rank to ask, or returns nil.
func (f *frontier) next(r rank) *target {
	for len(f.queues[r]) > 0 {
		t := f.queues[r][0]
		f.queues[r] = f.queues[r][1:]
		if !t.asked && t.rank() == r {
			t.asked = true
			return t
		}
	}
	return nil
}

// finish notes what came of a target.
func (f *frontier) finish(t *target, a answer) {
	if !t.done {
		f.left[t.rank()]--
		f.done++
	}
	t.done, t.answer = true, a
}
