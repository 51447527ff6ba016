package admin

import "github.com/ringmend/ringmend/node/wire"

// rank says how long a look waits for an answer.
type rank uint8

const (
	awaited    rank = iota // as long as a call may take
	aside                  // for a moment: the member is held down
	background             // not at all: it did not answer an earlier look in time
	numRanks
)

// target is a question of a look, and what is known about it.
type target struct {
	question
	given bool // to Crawl
	named bool // given, or an address of a given name
	known bool // listed by a node that answered
	up    bool // held alive or suspect by a node that answered
	slow  bool // see memory

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

// frontier holds the questions of a look.
type frontier struct {
	targets map[question]*target
	order   []*target // as they were discovered
	skipped map[wire.Address]bool

	// queues hold the targets to ask, by rank. A target whose rank has changed is in
	// several queues; only the entry for its current rank counts.
	queues [numRanks][]*target
	left   [numRanks]int // targets that are not done, by rank
	done   int
}

func newFrontier() *frontier {
	return &frontier{targets: map[question]*target{}, skipped: map[wire.Address]bool{}}
}

// add adds a new target, unless there are too many.
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

// change applies a change to what is known about a target.
func (f *frontier) change(t *target, change func(*target)) {
	before := t.rank()
	change(t)
	if after := t.rank(); after != before && !t.done {
		f.left[before]--
		f.left[after]++
		f.enqueue(t)
	}
}

// next returns the next target of a rank to ask, or nil.
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

// finish records the outcome of a target.
func (f *frontier) finish(t *target, a answer) {
	if !t.done {
		f.left[t.rank()]--
		f.done++
	}
	t.done, t.answer = true, a
}
