package swim

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/wire"
)

// What is pending goes with each message until it was sent often enough, and
// the counters stay under the maximum.
func TestPiggybackCountersStayUnderTheMaximum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := newTable(newAddressTable(FlavourGo, true))
		numbers := make(map[wire.Address]memberID)
		for _, a := range []wire.Address{"b:1", "c:1", "d:1", "e:1"} {
			numbers[a] = table.addresses.enter(a)
			table.add(numbers[a], state{incarnation: 1})
		}
		d := newDissemination(table, rapid.IntRange(1, 5).Draw(t, "factor"), new(Rules))
		d.resize(rapid.IntRange(0, 200).Draw(t, "members"))
		var inFlight []receipt
		last := serial(0)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				source := wire.Address(rapid.SampledFrom([]string{"", "b:1", "c:1"}).Draw(t, "source"))
				address := wire.Address(rapid.SampledFrom([]string{"b:1", "c:1", "d:1", "e:1"}).Draw(t, "address"))
				d.record(numbers[address], table.addresses.originOf(source, 0, 0))
			case 1:
				_, receipt := d.forCall()
				inFlight = append(inFlight, receipt)
			case 2:
				if len(inFlight) > 0 {
					d.sent(inFlight[0])
					inFlight = inFlight[1:]
				}
			case 3:
				answer, _ := d.forAnswer("b:1", 0)
				for _, c := range answer.changes() {
					if c.Source == "b:1" {
						t.Fatal("sent back to its source")
					}
				}
			case 4:
				d.clear(numbers["d:1"])
			}
			indexed := 0
			for _, n := range numbers {
				if table.row(n).is(pending) {
					indexed++
				}
			}
			if d.last < last || indexed != d.pending.len() {
				t.Fatalf("%d changes, %d in the rows", d.pending.len(), indexed)
			}
			last = d.last
			seen := make(map[memberID]bool)
			for m, r := range d.pending.all() {
				if times := d.pending.times(r); seen[m] || times >= d.maxTransmits && times > 0 || times > d.pending.maxSoFar {
					t.Fatalf("%d, told %d times of %d, at most %d; listed before: %v", m, times, d.maxTransmits, d.pending.maxSoFar, seen[m])
				}
				seen[m] = true
			}
		}
	})
}

// What a long request has told is not told back, and counts as sent; what it has
// not told is.
func TestAnswersDoNotRepeatALongRequest(t *testing.T) {
	n, _, _ := newNode(t, nil)
	told := changes(bulk+8, wire.Suspect)
	n.Update(changes(bulk+8, wire.Alive))
	ask := func(list []wire.Change) *wire.Ping {
		t.Helper()
		answer, err := n.handlePing(&wire.Ping{Source: "asker:1", Changes: list, Checksum: 1})
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	before := n.Pending()
	answer := ask(told[:bulk])
	for _, c := range answer.Changes {
		if slices.ContainsFunc(told[:bulk], func(told wire.Change) bool { return told.Address == c.Address }) {
			t.Fatalf("%s is told back", c.Address)
		}
	}
	if len(answer.Changes) != before-bulk || answer.Version != 0 {
		t.Errorf("%d changes, want the %d others", len(answer.Changes), before-bulk)
	}
	counted := func(times int, suspects int) {
		t.Helper()
		for m, r := range n.gossip.pending.all() {
			want := times
			if r.status == wire.Suspect {
				want = n.gossip.maxTransmits/2 + suspects // see TestBadNewsIsToldLessOftenInAStorm
			}
			if got := n.gossip.pending.times(r); got != want {
				t.Fatalf("%s counts as sent %d times, want %d", n.addresses().address(m), got, want)
			}
		}
	}
	counted(1, 1)
	if again := ask(told[:bulk]); again.Version != 0 {
		t.Error("a full sync, although there was something to tell")
	}
	counted(2, 3) // suspects are told by others, too
	if short := ask(told[:bulk-1]); len(short.Changes) != before {
		t.Errorf("after a short request %d changes, want %d", len(short.Changes), before)
	}
}

// In a storm, what everybody finds out by itself is told half as often.
func TestBadNewsIsToldLessOftenInAStorm(t *testing.T) {
	for _, c := range []struct {
		status wire.Status
		before int  // changes that are pending already
		alike  bool // all changes are told as often
		half   bool
	}{
		{wire.Suspect, bulk, false, true},
		{wire.Faulty, bulk, false, true},
		{wire.Alive, bulk, false, false},
		{wire.Leave, bulk, false, false},
		{wire.Suspect, bulk - 1, false, false},
		{wire.Suspect, bulk, true, false},
	} {
		n, _, _ := newNode(t, func(cfg *Config) { cfg.Rules.NoHeadStart = c.alike })
		n.Update(changes(c.before-n.Pending(), wire.Alive))
		news := wire.Change{Address: "news:1", Incarnation: epoch, Status: c.status}
		n.Update([]wire.Change{news})
		m, _ := n.members.find(news.Address)
		want := 0
		if c.half {
			want = n.gossip.maxTransmits / 2
		}
		if got := n.gossip.pending.times(n.members.row(m)); got != want || n.gossip.pending.maxSoFar < want {
			t.Errorf("%v after %d others, alike %v: counts as sent %d times, want %d", c.status, c.before, c.alike, got, want)
		}
	}
}

// Much news is passed on at once to two members, once in a protocol period.
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
	if got := pings(changes(40, wire.Suspect)); got != 0 {
		t.Errorf("%d more pings in the same period", got)
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

// The answer to a ping-req that tells much carries nothing, and the ping that it asks
// for only some: all of that is under way in pings.
func TestErrandsInAStormCarryLittle(t *testing.T) {
	n, out, calls := newNode(t, nil)
	told := changes(2*bulk, wire.Alive)
	n.Update(told)
	for _, c := range []struct {
		told, errand, answer int
	}{
		{bulk, bulk, 0},
		{bulk - 1, bulk, n.Pending()},
	} {
		*out = Effects{}
		n.Request(1, &wire.PingRequest{Source: "asker:1", Target: told[0].Address, Changes: told[:c.told]})
		errand := out.Calls[len(out.Calls)-1]
		if ping := errand.Request.(*wire.Ping); errand.Target != told[0].Address || len(ping.Changes) != c.errand {
			t.Errorf("after a ping-req with %d changes, a ping to %s with %d, want %d", c.told, errand.Target, len(ping.Changes), c.errand)
		}
		pending := n.Pending()
		calls.Finish(errand.ID, &wire.Ping{Source: told[0].Address}, nil)
		if n.Pending() != pending {
			t.Error("what the ping carried counts as sent")
		}
		if answer := out.Answers[0].Response.(*wire.PingRequestResponse); !answer.OK || len(answer.Changes) != c.answer {
			t.Errorf("a ping-req with %d changes is answered with %d, want %d", c.told, len(answer.Changes), c.answer)
		}
	}
}

// What is pending is told in the order of the rows, once it is much and in disorder;
// changes that replace others or are taken away meanwhile do not upset it.
func TestStormsAreToldInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := newTable(newAddressTable(FlavourGo, true))
		d := newDissemination(table, 15, new(Rules))
		list := changes(100, wire.Alive)
		var numbers []memberID
		for i := range list {
			m := table.addresses.enter(list[i].Address)
			table.add(m, state{incarnation: list[i].Incarnation})
			numbers = append(numbers, m)
		}
		want := make(map[wire.Address]bool)
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(list)-1), 50, 300).Draw(t, "recorded") {
			if rapid.IntRange(0, 4).Draw(t, "clear") == 0 {
				d.clear(numbers[i])
				delete(want, list[i].Address)
			} else {
				d.record(numbers[i], table.addresses.originOf("", 0, 0))
				want[list[i].Address] = true
			}
		}
		b, _ := d.forCall()
		told := b.changes()
		if len(told) != len(want) || d.pending.len() != len(want) {
			t.Fatalf("%d are told and %d pending, want %d", len(told), d.pending.len(), len(want))
		}
		breaks := 0
		for i := range told {
			if !want[told[i].Address] {
				t.Fatalf("%s is told", told[i].Address)
			}
			if i > 0 && b.list[i].member < b.list[i-1].member {
				breaks++
			}
		}
		if len(told) >= len(list)/2 && 16*breaks > len(d.pending.list) {
			t.Fatalf("%d of %d are out of order", breaks, len(told))
		}
	})
}

// Between nodes with the same membership little is said, however much is pending, and
// all of it counts as told; as soon as memberships differ all is told again.
func TestWhoAgreesTellsLittle(t *testing.T) {
	n, out, calls := newNode(t, nil)
	n.SetGossip(true)
	known := changes(2*bulk, wire.Alive)
	n.Update(known)
	pending := n.Pending()
	told := func() (least, most int) {
		least = 1 << 14
		for _, r := range n.gossip.pending.all() {
			times := n.gossip.pending.times(r)
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
		if len(answer.Changes) != want || answer.Version != 0 {
			t.Fatalf("%s: answered with %d changes, version %d, want %d", why, len(answer.Changes), answer.Version, want)
		}
	}
	probe := func(want int, answered uint32, why string) {
		t.Helper()
		*out = Effects{}
		n.startProbe()
		call := out.Calls[0]
		if ping := call.Request.(*wire.Ping); len(ping.Changes) != want {
			t.Fatalf("%s: a ping with %d changes, want %d", why, len(ping.Changes), want)
		}
		*out = Effects{}
		calls.Finish(call.ID, &wire.Ping{Source: call.Target, Checksum: answered}, nil)
		var rest []wire.Address
		for _, call := range out.Calls {
			if ping := call.Request.(*wire.Ping); len(ping.Changes) != pending {
				t.Fatalf("%s: the rest is told by a ping with %d changes, want %d", why, len(ping.Changes), pending)
			}
			rest = append(rest, call.Target)
			calls.Finish(call.ID, nil, ErrNotReady)
		}
		if part := want < pending && answered != n.Checksum(); part != slices.Equal(rest, []wire.Address{call.Target}) || !part && len(rest) > 0 {
			t.Fatalf("%s: %s has answered that it knows %v, and the rest is told to %v", why, call.Target, answered == n.Checksum(), rest)
		}
	}
	probe(pending, 0, "nobody was met")
	if least, most := told(); least != 1 || most != 1 {
		t.Fatalf("counts are from %d to %d, want 1", least, most)
	}
	ask(n.Checksum(), 0, "the asker has the same membership")
	if least, most := told(); least != 3 || most != 3 {
		t.Fatalf("counts are from %d to %d, want 3: answered, and told by the asker", least, most)
	}
	probe(bulk, n.Checksum(), "the last asker agreed")
	if least, most := told(); least != 4 || most != 4 {
		t.Fatalf("counts are from %d to %d, want 4", least, most)
	}
	probe(bulk, n.Checksum()+1, "so did the last that was pinged")
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

// Asking others to ping somebody, many of which are asked when half of the cluster
// is gone, carries little.
func TestPingRequestsCarryLittle(t *testing.T) {
	n, out, calls := newNode(t, nil)
	n.SetGossip(true)
	n.Update(changes(2*bulk, wire.Alive))
	*out = Effects{}
	n.startProbe()
	calls.Finish(out.Calls[0].ID, nil, errors.New("no answer"))
	pending := n.Pending()
	if len(out.Calls) < 2 {
		t.Fatal("nobody is asked")
	}
	for _, call := range out.Calls[1:] {
		if r := call.Request.(*wire.PingRequest); len(r.Changes) != bulk {
			t.Errorf("a ping-req carries %d changes, want %d", len(r.Changes), bulk)
		}
		calls.Finish(call.ID, &wire.PingRequestResponse{OK: true, Target: out.Calls[0].Target}, nil)
	}
	for _, r := range n.gossip.pending.all() {
		if n.gossip.pending.times(r) != 0 {
			t.Fatal("what it carries counts as sent")
		}
	}
	if n.Pending() != pending {
		t.Errorf("%d changes are pending, want %d", n.Pending(), pending)
	}
}

// A node that pings nobody, since its gossip is paused, forgets what it has told,
// too, however much that is.
func TestWhoOnlyAnswersForgetsWhatItHasTold(t *testing.T) {
	n, _, _ := newNode(t, nil)
	n.SetGossip(false)
	n.Update(changes(2*bulk, wire.Alive))
	for range n.gossip.maxTransmits + 1 { // each counts twice, and it may take until twice as many
		if n.Pending() == 0 {
			t.Fatal("nothing is pending any more, too early")
		}
		if _, err := n.handlePing(&wire.Ping{Source: "asker:1", Checksum: n.Checksum()}); err != nil {
			t.Fatal(err)
		}
		if n.gossip.pending.maxSoFar >= n.gossip.maxTransmits {
			break
		}
	}
	for range n.gossip.maxTransmits {
		if _, err := n.handlePing(&wire.Ping{Source: "asker:1", Checksum: n.Checksum()}); err != nil {
			t.Fatal(err)
		}
	}
	if n.Pending() != 0 {
		t.Errorf("%d changes are pending", n.Pending())
	}
}
