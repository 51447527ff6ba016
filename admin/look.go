package admin

import (
	"fmt"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// look is one look of a Crawler.
type look struct {
	*Crawler
	*frontier
	lists lists
	began time.Time

	limit    int // nodes that may be asked at a time
	busy     int // nodes that are being asked
	answered int
	slowest  time.Duration // the slowest answer
	late     time.Duration // the slowest answer to the look before that came after it

	heard    time.Time // when a call last ended, or the limit was last raised
	lastDead time.Time // when a member that is held down was last discovered
}

// begin starts a look from the given nodes and names, and from all members listed in
// the last look.
func (c *Crawler) begin(first []wire.Address) *look {
	late := c.lateAnswers()
	for q, call := range c.outstanding {
		call.aside = true
		c.outstanding[q] = call
	}
	now := time.Now()
	l := &look{
		Crawler: c, frontier: newFrontier(), lists: newLists(),
		began: now, heard: now, late: late, lastDead: now, limit: c.opts.Concurrency,
	}
	for _, address := range first {
		l.learn(question{address: address}, func(t *target) { t.given, t.named = true, true })
		if isName(address) {
			l.resolve(question{address, true})
		}
	}
	for _, q := range c.remembered() {
		l.learn(q, func(*target) {})
	}
	return l
}

// resolve looks a name up, and asks the addresses of the last lookup meanwhile. The
// name itself is asked as well, since it may be the address of a member.
func (l *look) resolve(name question) {
	l.learn(name, func(t *target) { t.given, t.named = true, true })
	for _, a := range l.memory[name].addresses {
		l.learn(question{address: a}, func(t *target) { t.named = true })
	}
}

// remembered returns the nodes of the last look, sorted.
func (c *Crawler) remembered() []question {
	var nodes []question
	for q, m := range c.memory {
		if m.member {
			nodes = append(nodes, q)
		}
	}
	slices.SortFunc(nodes, func(a, b question) int { return CompareAddresses(a.address, b.address) })
	return nodes
}

// learn applies a change to what is known about a question, which may be new.
func (l *look) learn(q question, something func(*target)) {
	if t := l.targets[q]; t != nil {
		l.change(t, something)
		return
	}
	t := &target{question: q, slow: l.memory[q].slow}
	_, t.asked = l.outstanding[q]
	something(t)
	l.add(t)
}

// ask starts as many calls as the limit allows, beginning with those the look waits
// for.
func (l *look) ask() {
	for l.busy < l.limit && len(l.outstanding) < l.opts.MaxConcurrency {
		t := l.next(awaited)
		if t == nil {
			t = l.next(aside)
		}
		if t == nil {
			break
		}
		l.busy++
		l.start(t.question, false)
	}
	// Half of the calls are reserved for nodes that are likely to answer.
	for len(l.outstanding) < max(1, l.opts.MaxConcurrency/2) {
		t := l.next(background)
		if t == nil {
			break
		}
		l.start(t.question, true)
	}
}

// take handles an answer, which may be to a question of an earlier look.
func (l *look) take(a answer) {
	if !l.outstanding[a.question].aside {
		l.busy--
	}
	l.heard = time.Now()
	l.remember(a)
	t := l.targets[a.question]
	if t == nil {
		return
	}
	l.finish(t, a)
	for _, address := range a.addresses {
		l.learn(question{address: address}, func(t *target) { t.named = true })
	}
	if a.stats == nil {
		return
	}
	l.answered++
	l.slowest = max(l.slowest, a.took)
	l.lists.share(a.stats)
	for i := range a.stats.Membership.Members {
		l.listed(&a.stats.Membership.Members[i])
	}
}

// listed records that a node lists a member.
func (l *look) listed(m *wire.Member) {
	q, up := question{address: m.Address}, m.Status.Pingable()
	switch t := l.targets[q]; {
	case t != nil && t.known && (t.up || !up):
		return // nothing new: a large cluster lists a million
	case t == nil && !up:
		l.lastDead = l.heard
	}
	l.learn(q, func(t *target) { t.known, t.up = true, t.up || up })
}

// over reports whether the look has all the answers it waits for, or took too long.
func (l *look) over(now time.Time) bool {
	return l.complete(now) || !now.Before(l.began.Add(l.opts.Within))
}

func (l *look) complete(now time.Time) bool {
	switch {
	case l.done == len(l.order):
		return true
	case l.answered == 0 || l.left[awaited] > 0:
		return false
	default:
		return l.left[aside] == 0 || !now.Before(l.lastDead.Add(l.grace(max(l.slowest, l.late))))
	}
}

// wakeAt returns when to go on if no call ends before.
func (l *look) wakeAt(now time.Time) time.Time {
	at := l.began.Add(l.opts.Within)
	if l.limit < l.opts.MaxConcurrency {
		at = minTime(at, l.heard.Add(patience(l.slowest)))
	}
	if grace := l.lastDead.Add(l.grace(max(l.slowest, l.late))); grace.After(now) {
		at = minTime(at, grace)
	}
	return at
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// wake raises the limit when no call has ended for a while.
func (l *look) wake(now time.Time) {
	wait := patience(l.slowest)
	late := now.Sub(l.heard.Add(wait))
	if late < 0 {
		return
	}
	l.heard = now
	// If this process itself is late, answers may have come that it had no time to
	// read.
	if l.busy >= l.limit && late < wait/4 {
		l.limit = min(2*l.limit, l.opts.MaxConcurrency)
	}
}

// end ends the look. Nodes whose calls are outstanding are not waited for in later
// looks.
func (l *look) end(now time.Time) *Cluster {
	cut := !l.complete(now)
	var nodes []Node
	memories := make(map[question]memory, len(l.order))
	for _, t := range l.order {
		m := l.memory[t.question]
		n := Node{Address: t.address, Stats: t.answer.stats, Err: t.answer.err, Last: m.last, LastAt: m.lastAt}
		c, outstanding := l.outstanding[t.question]
		switch {
		case t.done:
		case m.err != nil:
			n.Err = m.err
		case outstanding:
			n.Err = callError(t.address, fmt.Errorf("%w (%v)", ErrTimeout, now.Sub(c.since).Round(10*time.Millisecond)))
		default:
			n.Err = callError(t.address, ErrNotAsked)
		}
		m.slow = m.slow || outstanding
		m.member = t.known || n.Stats != nil
		memories[t.question] = m
		if !t.resolve {
			nodes = append(nodes, n)
		}
	}
	l.memory = memories
	nodes = l.withOwnAddresses(nodes)
	slices.SortFunc(nodes, func(a, b Node) int { return CompareAddresses(a.Address, b.Address) })
	return &Cluster{Nodes: nodes, Skipped: len(l.skipped), Cut: cut}
}

func callError(node wire.Address, err error) error {
	return &CallError{Node: node, Endpoint: wire.EndpointStats, Err: err}
}

// lists keeps one copy of equal lists, by checksum. A cluster of n nodes sends n lists
// of n members, most of them equal: sharing makes the difference between megabytes
// and gigabytes.
type lists struct {
	members map[uint32][]wire.Member
	servers map[uint32][]string
}

func newLists() lists {
	return lists{members: map[uint32][]wire.Member{}, servers: map[uint32][]string{}}
}

// share replaces the lists in s by equal ones that another node sent.
func (l lists) share(s *wire.Stats) {
	m := &s.Membership
	if last := l.members[m.Checksum]; slices.EqualFunc(last, m.Members, func(a, b wire.Member) bool { return a.Equal(&b) }) {
		m.Members = last
	} else {
		l.members[m.Checksum] = m.Members
	}
	r := &s.Ring
	if last := l.servers[r.Checksum]; slices.Equal(last, r.Servers) {
		r.Servers = last
	} else {
		l.servers[r.Checksum] = r.Servers
	}
}
