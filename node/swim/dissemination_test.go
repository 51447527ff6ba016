package swim

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// What a long request has told is not told back, and counts as sent; what it has
// not told is.
func TestAnswersDoNotRepeatALongRequest(t *testing.T) {
	n, _, _ := newNode(t, nil)
	told := changes(longRequest+8, wire.Suspect)
	n.Update(changes(longRequest+8, wire.Alive))
	ask := func(list []wire.Change) *wire.Ping {
		t.Helper()
		answer, err := n.handlePing(&wire.Ping{Source: "asker:1", Changes: wire.Changes(list...), Checksum: 1})
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	before := n.Pending()
	answer := ask(told[:longRequest])
	for _, c := range answer.Changes.All() {
		if slices.ContainsFunc(told[:longRequest], func(told wire.Change) bool { return told.Address == c.Address }) {
			t.Fatalf("%s is told back", c.Address)
		}
	}
	if answer.Changes.Len() != before-longRequest || answer.Changes.Version() != 0 {
		t.Errorf("%d changes, want the %d others", answer.Changes.Len(), before-longRequest)
	}
	counted := func(times int, suspects int) {
		t.Helper()
		for c, got := range n.gossip.pending.Counts() {
			want := times
			if c.Status == wire.Suspect {
				want = n.gossip.pending.MaxTransmits()/2 + suspects // see TestBadNewsIsToldLessOftenInAStorm
			}
			if got != want {
				t.Fatalf("%s counts as sent %d times, want %d", c.Address, got, want)
			}
		}
	}
	counted(1, 1)
	if again := ask(told[:longRequest]); again.Changes.Version() != 0 {
		t.Error("a full sync, although there was something to tell")
	}
	counted(2, 3) // suspects are told by others, too
	if short := ask(told[:longRequest-1]); short.Changes.Len() != before {
		t.Errorf("after a short request %d changes, want %d", short.Changes.Len(), before)
	}
}

// In a storm, what all nodes find out by themselves is told half as often.
func TestBadNewsIsToldLessOftenInAStorm(t *testing.T) {
	for _, c := range []struct {
		status wire.Status
		before int  // changes that are pending already
		alike  bool // all changes are told as often
		half   bool
	}{
		{wire.Suspect, stormFrom, false, true},
		{wire.Faulty, stormFrom, false, true},
		{wire.Alive, stormFrom, false, false},
		{wire.Leave, stormFrom, false, false},
		{wire.Suspect, stormFrom - 1, false, false},
		{wire.Suspect, stormFrom, true, false},
	} {
		n, _, _ := newNode(t, func(cfg *Config) { cfg.Rules.NoHeadStart = c.alike })
		n.Update(changes(c.before-n.Pending(), wire.Alive))
		news := wire.Change{Address: "news:1", Incarnation: epoch, Status: c.status}
		n.Update([]wire.Change{news})
		want := 0
		if c.half {
			want = n.gossip.pending.MaxTransmits() / 2
		}
		if got := timesSent(n, news.Address); got != want {
			t.Errorf("%v after %d others, alike %v: counts as sent %d times, want %d", c.status, c.before, c.alike, got, want)
		}
	}
}

// Much news is passed on at once to two members, a few times in a protocol period; and so
// is one member that is back.
func TestMuchNewsIsPassedOnAtOnce(t *testing.T) {
	n, out, _ := newNode(t, nil)
	n.SetGossip(true)
	pings := func(news []wire.Change) int {
		*out = Effects{}
		n.Update(news)
		return len(out.Calls)
	}
	if got := pings(changes(eagerPushMin-1, wire.Alive)); got != 0 {
		t.Errorf("%d pings for a little news", got)
	}
	if got := pings(changes(eagerPushMin, wire.Suspect)); got != eagerPushFanout {
		t.Errorf("%d pings for much news, want %d", got, eagerPushFanout)
	}
	news := changes(40, wire.Suspect)
	if got := pings(news); got != eagerPushFanout {
		t.Errorf("%d pings for more news in the same period", got)
	}
	back := news[0]
	back.Status = wire.Faulty
	if got := pings([]wire.Change{back}); got != 0 {
		t.Errorf("%d pings for a member that is faulty", got)
	}
	back.Incarnation, back.Status = back.Incarnation+1, wire.Alive
	if got := pings([]wire.Change{back}); got != eagerPushFanout {
		t.Errorf("%d pings for a member that is back", got)
	}
	if got := pings(changes(50, wire.Alive)); got != 0 {
		t.Errorf("%d pings in the same period after %d times", got, eagerPushes)
	}
	n.SetGossip(false)
	n.Advance(n.now.Add(time.Second))
	if got := pings(changes(60, wire.Alive)); got != 0 {
		t.Errorf("%d pings while gossip is paused", got)
	}
	n.SetGossip(true)
	if got := pings(changes(80, wire.Alive)); got != eagerPushFanout {
		t.Errorf("%d pings a period later, want %d", got, eagerPushFanout)
	}
}

// A node that has just joined does not: it pings all the time.
func TestOneThatSettlesPushesNothing(t *testing.T) {
	n, out, _ := newNode(t, nil)
	n.SetGossip(true)
	n.settle()
	*out = Effects{}
	n.Update(changes(10*eagerPushMin, wire.Alive))
	if len(out.Calls) > 0 {
		t.Errorf("%d pings", len(out.Calls))
	}
}

// The answer to a ping-req that tells much carries nothing, and the ping that it asks
// for only some: all of that is under way in pings.
func TestErrandsInAStormCarryLittle(t *testing.T) {
	n, out, calls := newNode(t, nil)
	told := changes(2*longPingReq, wire.Alive)
	n.Update(told)
	for _, c := range []struct {
		told, errand, answer int
	}{
		{longPingReq, longPingReq, 0},
		{longPingReq - 1, longPingReq, n.Pending()},
	} {
		*out = Effects{}
		n.Request(1, &wire.PingRequest{Source: "asker:1", Target: told[0].Address, Changes: wire.Changes(told[:c.told]...)})
		errand := out.Calls[len(out.Calls)-1]
		if ping := errand.Request.(*wire.Ping); errand.Target != told[0].Address || ping.Changes.Len() != c.errand {
			t.Errorf("after a ping-req with %d changes, a ping to %s with %d, want %d", c.told, errand.Target, ping.Changes.Len(), c.errand)
		}
		pending := n.Pending()
		calls.Finish(errand.ID, &wire.Ping{Source: told[0].Address}, nil)
		if n.Pending() != pending {
			t.Error("what the ping carried counts as sent")
		}
		if answer := out.Answers[0].Response.(*wire.PingRequestResponse); !answer.OK || answer.Changes.Len() != c.answer {
			t.Errorf("a ping-req with %d changes is answered with %d, want %d", c.told, answer.Changes.Len(), c.answer)
		}
	}
}

// Between nodes with the same membership little is said, however much is pending, and
// all of it counts as told; as soon as memberships differ all is told again.
func TestWhoAgreesTellsLittle(t *testing.T) {
	n, out, calls := newNode(t, nil)
	n.SetGossip(true)
	known := changes(2*partialPing, wire.Alive)
	n.Update(known)
	pending := n.Pending()
	told := func() (least, most int) {
		least = 1 << 14
		for _, times := range n.gossip.pending.Counts() {
			least, most = min(least, times), max(most, times)
		}
		return least, most
	}
	ask := func(checksum uint32, want int, why string) {
		t.Helper()
		answer, err := n.handlePing(&wire.Ping{Source: "asker:1", Checksum: checksum})
		if err != nil {
			t.Fatal(err)
		}
		if answer.Changes.Len() != want || answer.Changes.Version() != 0 {
			t.Fatalf("%s: answered with %d changes, version %d, want %d", why, answer.Changes.Len(), answer.Changes.Version(), want)
		}
	}
	probe := func(want int, answered uint32, why string) {
		t.Helper()
		*out = Effects{}
		n.startProbe()
		call := out.Calls[0]
		if ping := call.Request.(*wire.Ping); ping.Changes.Len() != want {
			t.Fatalf("%s: a ping with %d changes, want %d", why, ping.Changes.Len(), want)
		}
		*out = Effects{}
		calls.Finish(call.ID, &wire.Ping{Source: call.Target, Checksum: answered}, nil)
		var rest []wire.Address
		for _, call := range out.Calls {
			if ping := call.Request.(*wire.Ping); ping.Changes.Len() != pending {
				t.Fatalf("%s: the rest is told by a ping with %d changes, want %d", why, ping.Changes.Len(), pending)
			}
			rest = append(rest, call.Target)
			calls.Finish(call.ID, nil, ErrNotReady)
		}
		if part := want < pending && answered != n.Checksum(); part != slices.Equal(rest, []wire.Address{call.Target}) || !part && len(rest) > 0 {
			t.Fatalf("%s: %s has answered that it knows %v, and the rest is told to %v", why, call.Target, answered == n.Checksum(), rest)
		}
	}
	probe(pending, 0, "no node was met")
	if least, most := told(); least != 1 || most != 1 {
		t.Fatalf("counts are from %d to %d, want 1", least, most)
	}
	ask(n.Checksum(), 0, "the asker has the same membership")
	if least, most := told(); least != 3 || most != 3 {
		t.Fatalf("counts are from %d to %d, want 3: answered, and told by the asker", least, most)
	}
	probe(partialPing, n.Checksum(), "the last asker agreed")
	if least, most := told(); least != 4 || most != 4 {
		t.Fatalf("counts are from %d to %d, want 4", least, most)
	}
	probe(partialPing, n.Checksum()+1, "so did the last that was pinged")
	if least, most := told(); least != 4 || most != 4 {
		t.Fatalf("counts are from %d to %d, want 4: who answered did not agree", least, most)
	}
	probe(pending, 0, "the last did not agree")
	ask(n.Checksum(), 0, "the asker has the same membership")
	ask(n.Checksum()+1, pending, "the asker has another membership")
	probe(pending, 0, "the last asker did not agree")

	n.cfg.Rules = RingpopRules()
	ask(n.Checksum(), pending, "Ringpop's rules")
	probe(pending, 0, "Ringpop's rules")
}

// Ping-reqs, of which many are sent when half of the cluster is gone, carry little.
func TestPingRequestsCarryLittle(t *testing.T) {
	n, out, calls := newNode(t, nil)
	n.SetGossip(true)
	n.Update(changes(2*partialPing, wire.Alive))
	*out = Effects{}
	n.startProbe()
	calls.Finish(out.Calls[0].ID, nil, errors.New("no answer"))
	pending := n.Pending()
	if len(out.Calls) < 2 {
		t.Fatal("no member is asked")
	}
	for _, call := range out.Calls[1:] {
		if r := call.Request.(*wire.PingRequest); r.Changes.Len() != partialPing {
			t.Errorf("a ping-req carries %d changes, want %d", r.Changes.Len(), partialPing)
		}
		calls.Finish(call.ID, &wire.PingRequestResponse{OK: true, Target: out.Calls[0].Target}, nil)
	}
	for _, times := range n.gossip.pending.Counts() {
		if times != 0 {
			t.Fatal("what it carries counts as sent")
		}
	}
	if n.Pending() != pending {
		t.Errorf("%d changes are pending, want %d", n.Pending(), pending)
	}
}

// A node that sends no pings because its gossip is paused also forgets what it has
// told, however much that is.
func TestWhoOnlyAnswersForgetsWhatItHasTold(t *testing.T) {
	n, _, _ := newNode(t, nil)
	n.SetGossip(false)
	n.Update(changes(2*stormFrom, wire.Alive))
	enough, answers := n.gossip.pending.MaxTransmits(), 0
	for ; n.Pending() > 0 && answers < enough; answers++ {
		if _, err := n.handlePing(&wire.Ping{Source: "asker:1", Checksum: n.Checksum()}); err != nil {
			t.Fatal(err)
		}
	}
	// Each counts twice, and a long list is walked at twice as many.
	if n.Pending() != 0 || 2*answers < enough {
		t.Errorf("%d changes are pending after %d answers", n.Pending(), answers)
	}
}

// timesSent returns how often the pending change of a member counts as sent.
func timesSent(n *Node, a wire.Address) int {
	for c, times := range n.gossip.pending.Counts() {
		if c.Address == a {
			return times
		}
	}
	return -1
}
