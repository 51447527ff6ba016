package plan

import (
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

// A node that has not joined refuses to be told, and the ring holds it faulty at its
// incarnation.
func TestANodeThatHasNotJoinedIsInvited(t *testing.T) {
	all := addresses(6)
	ring, alone := all[:5], all[5]
	r := cutInto(ring, all[5:])
	r.mend()
	for _, node := range ring {
		delete(r.views[alone], node)
	}
	r.unready = map[wire.Address]bool{alone: true}
	g := newGuard(17, func(wire.Address) bool { return true })
	for range 100 {
		g.look(r, nil)
		r.gossip()
	}
	if v := r.verdict(); len(v.Sides) != 1 || len(v.Up) != 6 {
		t.Errorf("%d sides, %d up; the guard calls %+v", len(v.Sides), len(v.Up), g.calls)
	}
	if len(r.harmed) > 0 {
		t.Errorf("harmed: %v", r.harmed)
	}
}

// What is not alone could be harmed by a ping, and what is of another app must not join.
func TestOnlyALoneNodeOfTheAppIsInvited(t *testing.T) {
	all := addresses(6)
	side := cutInto(all).verdict().Sides[0]
	own := Answer{App: "a", Members: []wire.Member{{Address: all[5]}}}
	knows := Answer{App: "a", Members: []wire.Member{{Address: all[0]}, {Address: all[5]}}}
	other, deaf := knows, Answer{App: "a", Members: knows.Members[:1]}
	other.App = "b"
	for _, c := range []struct {
		what    string
		answers []Answer
		asks    bool
	}{
		{"a lone node", []Answer{own, knows, knows, knows}, true},
		{"a node of which the first that is looked at has not heard", []Answer{own, deaf, knows, knows}, true},
		{"a node that has joined meanwhile", []Answer{knows, knows, knows, knows}, false},
		{"a node of another app", []Answer{own, other, other, other}, false},
		{"a node that does not answer any more", []Answer{{Err: ErrNoAnswer}, knows, knows, knows}, false},
		{"a node that no other lists", []Answer{own, deaf, deaf, deaf}, false},
	} {
		i := newInvitation(all[5], &side, rng(1))
		i.Answered(c.answers[:len(i.Calls())])
		asks := len(i.Calls()) == 1 && i.Calls()[0].Kind == Ask && i.Calls()[0].Target == all[5] && len(i.Calls()[0].Changes) == 0
		if asks != c.asks || asks == (i.Err() != nil) {
			t.Errorf("%s: calls %+v, error %v", c.what, i.Calls(), i.Err())
		}
	}
}
