package resolve

import (
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

var start = time.UnixMilli(1_700_000_000_000)

func addr(i int) wire.Address { return wire.Address(fmt.Sprintf("10.0.0.%d:3000", i)) }

func alive(i int) swim.Member {
	return swim.Member{Address: addr(i), Status: wire.Alive, Incarnation: 1, Labels: map[string]string{BornLabel: strconv.Itoa(1000 + i)}}
}

// view is the membership of one node of a lab.
type view struct {
	self    wire.Address
	members map[wire.Address]swim.Member
}

func (v *view) Self() swim.Member { return v.members[v.self] }

func (v *view) Each(f func(*swim.Member) bool) {
	for _, a := range slices.Sorted(maps.Keys(v.members)) {
		m := v.members[a]
		if !f(&m) {
			return
		}
	}
}

func (v *view) Checksum() uint32 {
	h := fnv.New32a()
	v.Each(func(m *swim.Member) bool {
		fmt.Fprintf(h, "%s %v %d;", m.Address, m.Status, m.Incarnation)
		return true
	})
	return h.Sum32()
}

// node is a resolver with its membership.
type node struct {
	view
	*Resolver
	up     bool
	events []swim.Event
	kept   bool // a decision has kept it, in this split
}

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// lab is a cluster of resolvers on a clock that the test moves. Memberships follow who can
// reach whom, each node's somewhat later.
type lab struct {
	t     failer
	cfg   Config
	now   time.Time
	nodes map[wire.Address]*node
	part  map[wire.Address]int // 0 with a whole network
	hosts []wire.Address
	due   []flip
	// delay says how much later a node notices that another one is reachable or not.
	delay func(node, of wire.Address, gone bool) time.Duration

	store     Record
	storeDown func(wire.Address) bool
	loseReply func() bool
}

// flip is a change of a membership that is going to be noticed.
type flip struct {
	at       time.Time
	node, of wire.Address
	status   wire.Status
}

const step = 250 * time.Millisecond

func newLab(t failer, cfg Config, n int) *lab {
	l := &lab{t: t, cfg: cfg, now: start, nodes: make(map[wire.Address]*node), part: make(map[wire.Address]int)}
	l.delay = func(_, _ wire.Address, gone bool) time.Duration {
		if gone {
			return 6 * time.Second
		}
		return 2 * time.Second
	}
	for i := 1; i <= n; i++ {
		l.hosts = append(l.hosts, addr(i))
	}
	for i := 1; i <= n; i++ {
		l.boot(i)
	}
	return l
}

// boot starts or restarts a node, with all nodes that it can reach as members.
func (l *lab) boot(i int) *node {
	me := addr(i)
	n := &node{view: view{self: me, members: map[wire.Address]swim.Member{me: alive(i)}}, up: true}
	l.nodes[me] = n
	for a, other := range l.nodes {
		if a != me && l.reach(me, a) {
			n.members[a] = other.Self()
			l.set(other, me, wire.Alive)
		}
	}
	n.Resolver = New(l.cfg, &n.view, l.now)
	return n
}

func (l *lab) reach(a, b wire.Address) bool {
	return l.nodes[a].up && l.nodes[b].up && l.part[a] == l.part[b]
}

// set makes a node believe something of another one.
func (l *lab) set(n *node, of wire.Address, status wire.Status) {
	change := swim.MemberChange{}
	before, known := n.members[of]
	if known {
		change.Before = &before
	}
	after := before
	if !known || status == wire.Alive {
		after = l.nodes[of].Self()
	}
	after.Status = status
	if known && before.Equal(&after) {
		return
	}
	n.members[of] = after
	change.After = &after
	n.Observe(l.now, []swim.Event{swim.MembersChanged{Changes: []swim.MemberChange{change}}})
}

// reconnect makes all nodes notice which others are reachable now.
func (l *lab) reconnect() {
	l.due = nil
	for _, a := range l.addresses() {
		for _, b := range l.addresses() {
			if a == b || !l.nodes[a].up {
				continue
			}
			status := wire.Alive
			if !l.reach(a, b) {
				status = wire.Faulty
			}
			held, known := l.nodes[a].members[b]
			if !known && status == wire.Faulty || held.Status == wire.Leave || known && held.Status == status {
				continue
			}
			l.due = append(l.due, flip{l.now.Add(l.delay(a, b, status == wire.Faulty)), a, b, status})
		}
	}
}

func (l *lab) addresses() []wire.Address { return slices.Sorted(maps.Keys(l.nodes)) }

// split puts nodes into parts, by their numbers; those not named are in part 0.
func (l *lab) split(parts ...[]int) {
	clear(l.part)
	for p, list := range parts {
		for _, i := range list {
			l.part[addr(i)] = p + 1
		}
	}
	for _, n := range l.nodes {
		n.kept = false
	}
	l.reconnect()
}

func (l *lab) heal() { l.split() }

func (l *lab) crash(i int) {
	l.nodes[addr(i)].up = false
	l.reconnect()
}

// run lets time pass.
func (l *lab) run(d time.Duration) {
	l.t.Helper()
	for end := l.now.Add(d); l.now.Before(end); {
		l.now = l.now.Add(step)
		l.flip()
		for _, a := range l.addresses() {
			if n := l.nodes[a]; n.up {
				if at, ok := n.Deadline(); ok && !at.After(l.now) {
					n.Advance(l.now)
				}
				l.carryOut(n)
			}
		}
		l.check()
	}
}

func (l *lab) flip() {
	waiting := l.due[:0]
	for _, f := range l.due {
		switch {
		case f.at.After(l.now):
			waiting = append(waiting, f)
		case l.nodes[f.node].up:
			l.set(l.nodes[f.node], f.of, f.status)
		}
	}
	l.due = waiting
}

func (l *lab) carryOut(n *node) {
	for {
		out := n.Take()
		n.events = append(n.events, out.Events...)
		for _, e := range out.Events {
			if d, ok := e.(Decided); ok && d.Kept {
				n.kept = true
			}
		}
		if out.NeedHosts {
			n.Hosts(l.now, l.hosts, nil)
		}
		for _, a := range out.Ask {
			if other := l.nodes[a]; other != nil && l.reach(n.self, a) {
				n.Heard(l.now, a, other.Report(), nil)
			} else {
				n.Heard(l.now, a, Report{}, errors.New("no answer"))
			}
		}
		if out.Lease == nil {
			return
		}
		l.lease(n, out.Lease)
	}
}

func (l *lab) lease(n *node, r *LeaseRequest) {
	if l.storeDown != nil && l.storeDown(n.self) {
		n.LeaseDone(l.now, r.ID, Record{}, errors.New("the store cannot be reached"))
		return
	}
	var err error
	if r.To != nil {
		if r.From == l.store.Epoch {
			l.store = *r.To
		} else {
			err = ErrConflict
		}
	}
	if l.loseReply != nil && l.loseReply() {
		err = errors.New("the answer was lost")
	}
	n.LeaseDone(l.now, r.ID, l.store, err)
}

// check fails the test when nodes in two parts were kept by decisions in one split.
func (l *lab) check() {
	l.t.Helper()
	keeper := wire.Address("")
	for _, a := range l.addresses() {
		if n := l.nodes[a]; n.up && n.kept {
			if keeper != "" && l.part[keeper] != l.part[a] {
				l.t.Fatalf("%v: both %s and %s are kept\n%s", l.now.Sub(start), keeper, a, l)
			}
			keeper = a
		}
	}
}

// serving returns the nodes that serve, by number.
func (l *lab) serving() (list []int) {
	for i := 1; i <= len(l.nodes); i++ {
		if n := l.nodes[addr(i)]; n.up && n.Serves() {
			list = append(list, i)
		}
	}
	return list
}

func (l *lab) wantServing(want ...int) {
	l.t.Helper()
	if got := l.serving(); !slices.Equal(got, want) {
		l.t.Fatalf("%v: %v serve, want %v\n%s", l.now.Sub(start), got, want, l)
	}
}

// String shows the state of all nodes.
func (l *lab) String() string {
	text := ""
	for _, a := range l.addresses() {
		n := l.nodes[a]
		text += fmt.Sprintf("%s up %v, part %d, %v, missed %v, written off %v, epoch %d\n    %+v\n", a, n.up, l.part[a], n.State(), n.Missed(), n.WrittenOff(), n.Epoch(), n.Verdict())
		for _, e := range n.events {
			text += fmt.Sprintf("    %T%+v\n", e, e)
		}
	}
	return text
}

func config(s Strategy) Config {
	cfg := DefaultConfig()
	cfg.Strategy = s
	switch s {
	case StaticQuorum:
		cfg.QuorumSize = 3
	case KeepReferee:
		cfg.Referee = addr(2)
	}
	return cfg
}

// settledLab is a cluster that has been together for long.
func settledLab(t testing.TB, cfg Config, n int) *lab {
	t.Helper()
	l := newLab(t, cfg, n)
	l.run(90 * time.Second)
	if got := len(l.serving()); got != n {
		t.Fatalf("%d of %d serve at the beginning\n%s", got, n, l)
	}
	return l
}
