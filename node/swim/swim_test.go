package swim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/wire"
)

func newNode(t interface{ Fatal(...any) }, configure func(*Config)) (*Node, *Effects, *Calls) {
	cfg := DefaultConfig("test", "127.0.0.1:3000")
	if configure != nil {
		configure(&cfg)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	out := new(Effects)
	calls := NewCalls(out)
	n := New(cfg, time.UnixMilli(epoch), rand.New(rand.NewPCG(1, 2)), out, calls)
	n.Bootstrap()
	n.Hosts(nil, nil)
	*out = Effects{}
	return n, out, calls
}

func changes(n int, status wire.Status) []wire.Change {
	list := make([]wire.Change, n)
	for i := range list {
		list[i] = wire.Change{Address: wire.Address(fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250)), Incarnation: epoch, Status: status}
	}
	return list
}

// Over any full round every member is pinged exactly once, whoever joins and
// leaves meanwhile (section 4.3 of the SWIM paper).
func TestEveryMemberIsPingedOncePerRound(t *testing.T) {
	n, out, calls := newNode(t, nil)
	const members = 50
	n.Update(changes(members, wire.Alive))
	ping := func() wire.Address {
		*out = Effects{}
		n.Tick(0)
		call := out.Calls[0]
		calls.Finish(call.ID, &wire.Ping{}, nil)
		return call.Target
	}
	for n.round.next != len(n.round.order) { // to the end of the first round
		ping()
	}
	var orders []string
	for range 3 {
		seen := make(map[wire.Address]int)
		var order []wire.Address
		for range members {
			target := ping()
			seen[target]++
			order = append(order, target)
		}
		if len(seen) != members {
			t.Fatalf("%d of %d members were pinged in a round", len(seen), members)
		}
		orders = append(orders, fmt.Sprint(order))
	}
	if orders[0] == orders[1] || orders[1] == orders[2] {
		t.Error("two rounds had the same order")
	}
}

// A joiner gets its place in the round under way.
func TestJoinerIsPingedInTheSameRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := round{rng: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))}
		members := rapid.IntRange(0, 10).Draw(t, "members")
		for i := range members {
			r.add(number(i))
		}
		any := func(number) bool { return true }
		for range rapid.IntRange(0, 10).Draw(t, "pinged") {
			r.pick(any)
		}
		left := len(r.order) - r.next
		joiner := number(members)
		r.add(joiner)
		for range left + 1 {
			if picked, _ := r.pick(any); picked == joiner {
				return
			}
		}
		t.Fatal("the joiner was not pinged before the round was over")
	})
}

// What is pending goes with each message until it was sent often enough, and
// the counters stay under the maximum.
func TestPiggybackCountersStayUnderTheMaximum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := newTable(NewBook(FlavourGo))
		numbers := make(map[wire.Address]number)
		for _, a := range []wire.Address{"b:1", "c:1", "d:1", "e:1"} {
			numbers[a] = table.add(&wire.Change{Address: a, Incarnation: 1})
		}
		d := newDissemination(table, rapid.IntRange(1, 5).Draw(t, "factor"))
		d.resize(rapid.IntRange(0, 200).Draw(t, "members"))
		var inFlight []issue
		last := issue(0)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				source := wire.Address(rapid.SampledFrom([]string{"", "b:1", "c:1"}).Draw(t, "source"))
				address := wire.Address(rapid.SampledFrom([]string{"b:1", "c:1", "d:1", "e:1"}).Draw(t, "address"))
				d.record(numbers[address], &wire.Change{Address: address, Source: source})
			case 1:
				inFlight = append(inFlight, d.forCall().upTo)
			case 2:
				if len(inFlight) > 0 {
					d.sent(inFlight[0])
					inFlight = inFlight[1:]
				}
			case 3:
				changes, _ := d.forAnswer("b:1", 0)
				for _, c := range changes {
					if c.Source == "b:1" {
						t.Fatal("sent back to its source")
					}
				}
			case 4:
				d.clear(numbers["d:1"])
			}
			indexed := 0
			for _, n := range numbers {
				if table.row(n).pending > 0 {
					indexed++
				}
			}
			if d.last < last || indexed != d.pending.len() {
				t.Fatalf("%d changes, %d in the rows", d.pending.len(), indexed)
			}
			last = d.last
			for p := range d.pending.all() {
				if d.pending.of(p.member) != p || p.count > 0 && int(p.count) >= d.max {
					t.Fatalf("%v, and its row says %v; the maximum is %d", p, d.pending.of(p.member), d.max)
				}
			}
		}
	})
}

// Which of two changes of a member is believed does not depend on the order in
// which they arrive.
func TestChangesCommute(t *testing.T) {
	drawChange := func(t *rapid.T) wire.Change {
		return wire.Change{
			Address:     "10.0.0.1:3000",
			Status:      wire.Status(rapid.IntRange(0, int(wire.Leave)).Draw(t, "status")),
			Incarnation: epoch + rapid.Int64Range(0, 2).Draw(t, "incarnation"),
			Labels:      rapid.SampledFrom([]map[string]string{nil, {"k": "a"}, {"k": "b"}}).Draw(t, "labels"),
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(drawChange), 1, 5).Draw(t, "changes")
		other := rapid.Permutation(list).Draw(t, "other order")
		a, _, _ := newNode(t, nil)
		b, _, _ := newNode(t, nil)
		for i := range list {
			a.Update(list[i : i+1])
		}
		b.Update(other)
		ma, _ := a.Member("10.0.0.1:3000")
		mb, _ := b.Member("10.0.0.1:3000")
		if !ma.Equal(&mb) || a.Checksum() != b.Checksum() {
			t.Fatalf("%+v in one order, %+v in the other", ma, mb)
		}
	})
}

// A member table is equal after a list whether it came at once or in pieces.
func TestLargeListsAreAppliedAsSmallOnes(t *testing.T) {
	large, _, _ := newNode(t, nil)
	small, _, _ := newNode(t, nil)
	list := changes(500, wire.Alive)
	list = append(list, changes(100, wire.Suspect)...) // the same members again
	large.Update(list)
	for i := range list {
		small.Update(list[i : i+1])
	}
	if large.Checksum() != small.Checksum() || large.Pingable() != small.Pingable() {
		t.Errorf("checksums %d and %d, pingable %d and %d", large.Checksum(), small.Checksum(), large.Pingable(), small.Pingable())
	}
	suspects := 0
	for _, m := range large.Members() {
		if m.Status == wire.Suspect {
			suspects++
		}
	}
	if suspects != 100 {
		t.Errorf("%d suspects, want 100", suspects)
	}
}

func TestMembershipIsMadeOncePerVersion(t *testing.T) {
	n, _, _ := newNode(t, nil)
	n.Update(changes(3, wire.Alive))
	first, version := n.Membership()
	again, same := n.Membership()
	if &first[0] != &again[0] || version != same {
		t.Error("made again without a change")
	}
	n.Update(changes(1, wire.Suspect))
	if _, next := n.Membership(); next == version {
		t.Error("a change left the version as it was")
	}
	if first[1].Status != wire.Alive {
		t.Error("the old copy changed")
	}
}

func TestPeriodGrowsWithSlowAnswers(t *testing.T) {
	n, out, calls := newNode(t, nil)
	n.Update(changes(1, wire.Alive))
	if got := n.Period(); got != 200*time.Millisecond {
		t.Errorf("period is %v at first", got)
	}
	for range 5 {
		*out = Effects{}
		n.Tick(0)
		call := out.Calls[0]
		n.Advance(n.now.Add(300 * time.Millisecond))
		calls.Finish(call.ID, &wire.Ping{}, nil)
	}
	if got := n.Period(); got != 600*time.Millisecond {
		t.Errorf("period is %v with pings of 300 ms", got)
	}
}

func TestConfigNamesWhatIsWrong(t *testing.T) {
	valid := DefaultConfig("test", "127.0.0.1:3000")
	if err := valid.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"address":       func(c *Config) { c.Address = "localhost" },
		"app":           func(c *Config) { c.App = "" },
		"SuspectPeriod": func(c *Config) { c.SuspectPeriod = 0 },
		"labels":        func(c *Config) { c.Labels = map[string]string{"k": strings.Repeat("v", 200)} },
		"label limits":  func(c *Config) { c.LabelLimits.ValueSize = 1 << 20 },
		"MaxMembers":    func(c *Config) { c.MaxMembers = wire.MaxChanges + 1 },
		"EvictPingRatio": func(c *Config) {
			c.EvictPingRatio = 1.5
		},
	} {
		c := valid
		change(&c)
		if err := c.Validate(); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTimersFireInOrderAndOnlyTheirLatest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := newTable(NewBook(FlavourGo))
		q := timers{table: table}
		for i := range 8 {
			table.add(&wire.Change{Address: wire.Address(fmt.Sprint("h:", i))})
		}
		want := make(map[number]time.Duration)
		for range rapid.IntRange(0, 50).Draw(t, "steps") {
			member := number(rapid.IntRange(0, 7).Draw(t, "member"))
			if rapid.IntRange(0, 3).Draw(t, "cancel") == 0 {
				q.cancel(member)
				delete(want, member)
				continue
			}
			at := time.Duration(rapid.IntRange(0, 100).Draw(t, "at"))
			q.set(member, at)
			want[member] = at
		}
		now := time.Duration(rapid.IntRange(0, 100).Draw(t, "now"))
		var fired []time.Duration
		for member, ok := q.pop(now); ok; member, ok = q.pop(now) {
			at, set := want[member]
			if !set || at > now {
				t.Fatalf("%d fired at %v, it was to at %v", member, now, at)
			}
			fired = append(fired, at)
			delete(want, member)
		}
		if !slices.IsSorted(fired) {
			t.Fatal("out of order")
		}
		for member, at := range want {
			if at <= now {
				t.Fatalf("%d did not fire at %v", member, now)
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
	for p := range n.gossip.pending.all() {
		if p.count != 1 {
			t.Fatalf("%s counts as sent %d times", n.members.book.address(p.member), p.count)
		}
	}
	if again := ask(told[:bulk]); again.Version != 0 {
		t.Error("a full sync, although there was something to tell")
	}
	for p := range n.gossip.pending.all() {
		want := int16(2)
		if n.members.row(p.member).status == wire.Suspect {
			want = 3 // it is told by others, too
		}
		if p.count != want {
			t.Fatalf("%v counts as sent %d times, want %d", p, p.count, want)
		}
	}
	if short := ask(told[:bulk-1]); len(short.Changes) != before {
		t.Errorf("after a short request %d changes, want %d", len(short.Changes), before)
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
	if got := pings(changes(rushFrom-1, wire.Alive)); got != 0 {
		t.Errorf("%d pings for a little news", got)
	}
	if got := pings(changes(rushFrom, wire.Suspect)); got != rushTo {
		t.Errorf("%d pings for much news, want %d", got, rushTo)
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
	if got := pings(changes(80, wire.Alive)); got != rushTo {
		t.Errorf("%d pings a period later, want %d", got, rushTo)
	}
}

// When the last helper is waited for in vain, what another one has found is old, and
// the target is pinged once more.
func TestAnOldVerdictIsChecked(t *testing.T) {
	for _, back := range []bool{true, false} {
		n, out, calls := newNode(t, nil)
		n.SetGossip(false)
		n.Update(changes(4, wire.Alive))
		n.Tick(0)
		take := func() []Call {
			list := out.Calls
			*out = Effects{}
			return list
		}
		ping := take()[0]
		calls.Finish(ping.ID, nil, errors.New("no answer"))
		helpers := take()
		calls.Finish(helpers[0].ID, &wire.PingRequestResponse{Target: ping.Target}, nil)
		n.Advance(n.now.Add(5 * time.Second))
		for _, call := range helpers[1:] {
			calls.Finish(call.ID, nil, errors.New("no answer"))
		}
		again := take()
		if len(again) != 1 || again[0].Target != ping.Target {
			t.Fatalf("the calls are %v, want one to %s", again, ping.Target)
		}
		var err error
		want := wire.Alive
		if !back {
			err, want = errors.New("no answer"), wire.Suspect
		}
		calls.Finish(again[0].ID, &wire.Ping{Source: ping.Target}, err)
		if m, _ := n.Member(ping.Target); m.Status != want {
			t.Errorf("back %v: it is %v", back, m.Status)
		}
	}
}

// A hint is where to look first. A wrong one, as another program could send it if
// hints were sent, does no harm.
func TestAHintIsOnlyBelievedWhenItIsRight(t *testing.T) {
	n, _, _ := newNode(t, nil)
	n.Update(changes(3, wire.Alive))
	for _, hint := range []int32{-1, 0, 1, 2, 3, 4, 5, 1 << 30} {
		for _, c := range changes(4, wire.Alive)[1:] {
			c.Hint, c.Incarnation = hint, c.Incarnation+int64(hint&7)+1
			n.Update([]wire.Change{c})
			if m, known := n.Member(c.Address); !known || m.Incarnation != c.Incarnation {
				t.Fatalf("with the hint %d, %s is at %d, want %d", hint, c.Address, m.Incarnation, c.Incarnation)
			}
			n.evict(mustFind(t, n, c.Address))
			n.Update([]wire.Change{{Address: c.Address, Incarnation: epoch}})
		}
	}
}

func mustFind(t *testing.T, n *Node, a wire.Address) number {
	t.Helper()
	m, known := n.members.find(a)
	if !known {
		t.Fatalf("%s is not known", a)
	}
	return m
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
		table := newTable(NewBook(FlavourGo))
		d := newDissemination(table, 15)
		list := changes(100, wire.Alive)
		var numbers []number
		for i := range list {
			numbers = append(numbers, table.add(&list[i]))
		}
		want := make(map[wire.Address]bool)
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(list)-1), 50, 300).Draw(t, "recorded") {
			if rapid.IntRange(0, 4).Draw(t, "clear") == 0 {
				d.clear(numbers[i])
				delete(want, list[i].Address)
			} else {
				d.record(numbers[i], &list[i])
				want[list[i].Address] = true
			}
		}
		told := d.forCall().changes
		if len(told) != len(want) || d.pending.len() != len(want) {
			t.Fatalf("%d are told and %d pending, want %d", len(told), d.pending.len(), len(want))
		}
		breaks := 0
		for i := range told {
			if !want[told[i].Address] {
				t.Fatalf("%s is told", told[i].Address)
			}
			if i > 0 && told[i].Hint < told[i-1].Hint {
				breaks++
			}
		}
		if len(told) >= len(list)/2 && 16*breaks > len(d.pending.list) {
			t.Fatalf("%d of %d are out of order", breaks, len(told))
		}
	})
}
