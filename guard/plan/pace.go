package plan

import (
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// How often things are tried.
const (
	// askEvery is the time between two questions whether the network between two sides is
	// back, for the first askFor of a split; then it doubles each askFor, up to askSlowly.
	// Each question goes to other nodes: between some, a connection may have stalled.
	askEvery  = 250 * time.Millisecond
	askFor    = time.Minute
	askSlowly = time.Second
	// rebirthEvery is how long a member that was told that it is suspected has to refute
	// and to be heard of by all of its side. It doubles each time, up to rebirthSlowly.
	rebirthEvery  = time.Second
	rebirthSlowly = time.Minute
	// directly is how often a member must not have answered before its side is told.
	directly = 2
	// settle is how long sides that were told of each other have to become one before they
	// are told again. It doubles each time, up to settleSlowly.
	settle       = 2 * time.Second
	settleSlowly = 2 * time.Minute
	// refused is how long sides that do not belong together are left alone.
	refused = time.Minute
	// joining is how long a node that no other knows yet may be about to join.
	joining = 15 * time.Second
	// calm is how long a ring must be one before its past is forgotten.
	calm = 5 * time.Minute
	// budgetFloor is how many calls that change something may be made in a minute, beside
	// budgetPerMember for each member.
	budgetFloor     = 1200
	budgetPerMember = 4
)

// Healer decides what to try, and when. It is given the result of each look and of each
// attempt. Its methods must not be called concurrently.
type Healer struct {
	rng   *rand.Rand
	named func(wire.Address) bool

	pairs    []Pair
	sums     map[wire.Address]uint32 // the checksums that nodes said they have
	members  int
	since    time.Time // when the ring was seen to be split
	one      time.Time // when it was last one
	rebirths map[wire.Address]rebirth
	tried    map[pairKey]tried
	losses   losses
	suspects suspects
	spent    []time.Time // when calls that change something were made
	short    bool        // the budget did not suffice
	stalls   stalls
	joined   joined
}

type pairKey struct{ a, b wire.Address }

type tried struct {
	next   time.Time
	begun  int // attempts
	merges int
	misses int
	err    error
	// connections is what is known of those between the sides.
	connections connections
}

type rebirth struct {
	incarnation int64 // of the killer
	times       int
	failed      int // calls to the member, in a row
	next        time.Time
	unready     bool // it has refused, for it has not joined: see [Invitation]
}

// NewHealer returns a healer. Named tells which addresses the operator named as nodes of
// this ring; it may be nil.
func NewHealer(rng *rand.Rand, named func(wire.Address) bool) *Healer {
	return &Healer{rng: rng, named: named, rebirths: make(map[wire.Address]rebirth), tried: make(map[pairKey]tried), suspects: make(suspects)}
}

// Looked records what a look showed. Looks that showed nothing must not be given to it.
func (h *Healer) Looked(now time.Time, v *admin.Verdict) {
	h.pairs = Compare(v.Sides, h.named)
	h.members = v.Members()
	h.losses.saw(now, v)
	h.suspects.saw(now, v)
	h.stalls.saw(h.pairs, v, h.losses.gone)
	h.sums = make(map[wire.Address]uint32)
	for i := range v.Sides {
		for _, view := range v.Sides[i].Views {
			for _, node := range view.Nodes {
				h.sums[node] = view.Checksum
			}
		}
	}
	if len(h.pairs) == 0 {
		if h.one.IsZero() || !h.since.IsZero() {
			h.one = now
		}
		h.since = time.Time{}
		if now.Sub(h.one) > calm {
			clear(h.rebirths)
			clear(h.tried)
		}
		return
	}
	h.joined = joined{}
	if h.since.IsZero() {
		h.since = now
	}
}

// Pairs returns the pairs of sides that the last look showed.
func (h *Healer) Pairs() []Pair { return h.pairs }

// Due returns the members that are to be told now that they are suspected.
func (h *Healer) Due(now time.Time) []Call {
	var calls []Call
	for i := range h.pairs {
		if !h.related(now, &h.pairs[i]) || errors.Is(h.tried[h.pairs[i].key()].err, ErrOtherApp) {
			continue
		}
		for _, r := range h.pairs[i].Rebirths() {
			if call, due := h.rebirth(now, r); due {
				calls = append(calls, call)
			}
		}
	}
	for _, r := range h.losses.due() {
		if call, due := h.rebirth(now, r); due {
			calls = append(calls, call)
		}
	}
	return calls
}

func (h *Healer) rebirth(now time.Time, r Rebirth) (call Call, due bool) {
	last := h.rebirths[r.Member]
	if last.incarnation != r.Suspect.Incarnation {
		last = rebirth{incarnation: r.Suspect.Incarnation}
	}
	if now.Before(last.next) || !h.spend(now, 1) {
		return call, false
	}
	call = Call{Kind: Tell, Node: r.Member, Changes: []wire.Change{r.Suspect}}
	if last.failed >= directly {
		call.Node = pick(h.rng, r.Via)
	}
	call.Checksum = h.sums[call.Node]
	last.next = now.Add(doubled(rebirthEvery, last.times, rebirthSlowly))
	last.times++
	h.rebirths[r.Member] = last
	return call, true
}

// Told records how a call of [Healer.Due] went.
func (h *Healer) Told(c Call, err error) {
	member := c.Changes[0].Address
	if last, known := h.rebirths[member]; known && c.Node == member {
		last.failed++
		if err == nil {
			last.failed = 0
		}
		last.unready = errors.Is(err, wire.ErrNotReady)
		h.rebirths[member] = last
	}
}

// related reports whether sides are parts of one ring. Those that the operator named must
// have been apart for a while: one may be a node that is just joining.
func (h *Healer) related(now time.Time, p *Pair) bool {
	return p.Relation == Parted || p.Relation == Named && now.Sub(h.since) >= joining
}

// Attempts returns an attempt for each pair of sides that is due for one. How each
// ended must be told to [Healer.Ended].
func (h *Healer) Attempts(now time.Time) []*Attempt {
	var attempts []*Attempt
	for i := range h.pairs {
		p := &h.pairs[i]
		t := h.tried[p.key()]
		if p.Ready() != nil || !h.related(now, p) || now.Before(t.next) {
			continue
		}
		if !h.spend(now, 1+2*MaxTold) {
			t.next = now.Add(askSlowly)
			h.tried[p.key()] = t
			continue
		}
		t.next = now.Add(h.askAgain(now))
		fresh := t.connections == stalled || t.connections == unknown && (h.stalls.swallowed || t.begun%2 == 1)
		t.begun++
		h.tried[p.key()] = t
		attempts = append(attempts, NewAttempt(p, fresh, h.split()))
	}
	return append(attempts, h.joinedAttempts(now)...)
}

// split returns random numbers for an attempt, which goes on while the healer draws.
func (h *Healer) split() *rand.Rand { return rand.New(rand.NewPCG(h.rng.Uint64(), 0)) }

// NextAttempt returns when there is one to be made, as far as is known, and whether.
func (h *Healer) NextAttempt() (at time.Time, ok bool) {
	for i := range h.pairs {
		p := &h.pairs[i]
		if p.Ready() != nil {
			continue
		}
		next := h.tried[p.key()].next
		if p.Relation == Named && next.Before(h.since.Add(joining)) {
			next = h.since.Add(joining)
		}
		if !ok || next.Before(at) {
			at, ok = next, true
		}
	}
	if h.joined.tries > 0 {
		return h.joined.next, true // there are no pairs
	}
	return at, ok
}

// askAgain returns how long to wait for the next question whether the network is back.
func (h *Healer) askAgain(now time.Time) time.Duration {
	return doubled(askEvery, int(now.Sub(h.since)/askFor), askSlowly)
}

// doubled returns a time that has doubled so many times, up to most.
func doubled(d time.Duration, times int, most time.Duration) time.Duration {
	return min(d<<min(times, 10), most)
}

// Ended records how an attempt ended.
func (h *Healer) Ended(now time.Time, a *Attempt) {
	t := h.tried[a.pair.key()]
	_, t.err = a.Result()
	t.learn(a)
	switch {
	case a.Merged():
		t.next = now.Add(doubled(settle, t.merges, settleSlowly))
		t.merges++
		t.misses = 0
		h.stalls.merged(a.pair)
		h.joined.merged(a.pair)
	case errors.Is(t.err, ErrOtherApp):
		t.next = now.Add(refused)
	case errors.Is(t.err, ErrNoAnswer):
		t.next = now.Add(doubled(askEvery, t.misses, askSlowly))
		t.misses++
	}
	if !a.asked {
		h.refund(2 * MaxTold)
	} else if !a.Merged() {
		h.refund(2*MaxTold - 1)
	}
	h.tried[a.pair.key()] = t
}

// Trouble returns why a pair is not merged, as the last attempt or the last look showed.
func (h *Healer) Trouble(p *Pair) error {
	if err := p.Ready(); err != nil {
		return err
	}
	return h.tried[p.key()].err
}

// Short reports whether calls were put off because the budget is used up.
func (h *Healer) Short() bool { return h.short }

// spend reports whether n more calls that change something may be made now.
func (h *Healer) spend(now time.Time, n int) bool {
	h.spent = slices.DeleteFunc(h.spent, func(at time.Time) bool { return now.Sub(at) >= time.Minute })
	h.short = len(h.spent)+n > budgetFloor+budgetPerMember*h.members
	if h.short {
		return false
	}
	for range n {
		h.spent = append(h.spent, now)
	}
	return true
}

func (h *Healer) refund(n int) { h.spent = h.spent[:max(0, len(h.spent)-n)] }

// key identifies a pair from one look to the next.
func (p *Pair) key() pairKey { return pairKey{p.A.Nodes[0], p.B.Nodes[0]} }
