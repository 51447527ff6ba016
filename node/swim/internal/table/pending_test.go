package table

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/wire"
)

// tableOf returns a table of n members, all alive, and their numbers.
func tableOf(n int) (*Table, []MemberID) {
	t, _ := New(wire.FlavourGo, nil, "self:1")
	var numbers []MemberID
	b := t.Begin()
	for i := range n {
		m := t.addresses.intern(wire.Address(fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250)))
		b.Add(m, State{Incarnation: 1})
		numbers = append(numbers, m)
	}
	return t, numbers
}

// A change is pending until it was sent often enough, and the counters stay under the
// maximum.
func TestPiggybackCountersStayUnderTheMaximum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, _ := New(wire.FlavourGo, nil, "a:1")
		numbers := make(map[wire.Address]MemberID)
		for _, a := range []wire.Address{"b:1", "c:1", "d:1", "e:1"} {
			numbers[a] = table.addresses.intern(a)
			table.add(numbers[a], State{Incarnation: 1})
		}
		p := NewPending(table)
		p.SetMaxTransmits(rapid.IntRange(1, 15).Draw(t, "limit"))
		var inFlight []Serial
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				source := wire.Address(rapid.SampledFrom([]string{"", "b:1", "c:1"}).Draw(t, "source"))
				address := wire.Address(rapid.SampledFrom([]string{"b:1", "c:1", "d:1", "e:1"}).Draw(t, "address"))
				p.Put(numbers[address], table.Origin(source, 0, 0), rapid.IntRange(0, p.MaxTransmits()-1).Draw(t, "times"))
			case 1:
				told := p.First(rapid.IntRange(0, p.Len()).Draw(t, "told"))
				if told.Len() > p.Len() {
					t.Fatalf("%d are told of %d", told.Len(), p.Len())
				}
				inFlight = append(inFlight, p.Last())
			case 2:
				if len(inFlight) > 0 {
					p.Sent(inFlight[0])
					inFlight = inFlight[1:]
				}
			case 3:
				answer, _ := p.Answer("b:1", 0, true)
				for _, c := range answer.Changes() {
					if c.Source == "b:1" {
						t.Fatal("sent back to its source")
					}
				}
			case 4:
				p.Remove(numbers["d:1"])
			case 5:
				p.RemoveIf(wire.Status.Dead)
			}
			indexed := 0
			for _, n := range numbers {
				if table.rows[n].is(pending) {
					indexed++
				}
			}
			if indexed != p.Len() {
				t.Fatalf("%d changes, %d in the rows", p.Len(), indexed)
			}
			checkPending(t, p)
		}
	})
}

// checkPending checks what is always true of pending changes.
func checkPending(t interface{ Fatalf(string, ...any) }, p *Pending) {
	seen := make(map[MemberID]bool)
	for m, r := range p.all() {
		if times := p.times(r); seen[m] || times > p.maxSoFar || times >= p.maxTransmits && times > 0 && len(p.list) < lazyFrom {
			t.Fatalf("%d, told %d times of %d, at most %d; listed before: %v", m, times, p.maxTransmits, p.maxSoFar, seen[m])
		}
		seen[m] = true
	}
	gaps, breaks := 0, 0
	for i, m := range p.list {
		r := &p.table.rows[m]
		if !r.is(pending) {
			gaps++
		}
		if !r.is(inPendingList) {
			t.Fatalf("%d is in the list, and its row says that it is not", m)
		}
		if i > 0 && p.list[i-1] > m {
			breaks++
		}
	}
	if gaps != p.gaps || breaks > p.breaks {
		t.Fatalf("%d gaps and %d breaks, want %d and %d", p.gaps, p.breaks, gaps, breaks)
	}
}

// What is pending is told in the order of the rows, once it is much and in disorder;
// changes that replace others or are taken away meanwhile do not upset it.
func TestStormsAreToldInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, numbers := tableOf(100)
		p := NewPending(table)
		p.SetMaxTransmits(15)
		want := make(map[wire.Address]bool)
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(numbers)-1), 50, 300).Draw(t, "recorded") {
			if rapid.IntRange(0, 4).Draw(t, "clear") == 0 {
				p.Remove(numbers[i])
				delete(want, table.Address(numbers[i]))
			} else {
				p.Put(numbers[i], table.Origin("", 0, 0), 0)
				want[table.Address(numbers[i])] = true
			}
		}
		b := p.First(p.Len())
		told := b.Changes()
		if len(told) != len(want) || p.Len() != len(want) {
			t.Fatalf("%d are told and %d pending, want %d", len(told), p.Len(), len(want))
		}
		breaks := 0
		for i := range told {
			if !want[told[i].Address] {
				t.Fatalf("%s is told", told[i].Address)
			}
			if i > 0 && b.list[i].Member < b.list[i-1].Member {
				breaks++
			}
		}
		if len(told) >= len(numbers)/2 && orderedRun*breaks > len(p.list) {
			t.Fatalf("%d of %d are out of order", breaks, len(told))
		}
	})
}

// After a storm nothing is kept of what it has needed, unless the storage is shared.
func TestStormsLeaveNothingBehind(t *testing.T) {
	for _, shared := range []*Shared{nil, NewShared(wire.FlavourGo)} {
		table, _ := New(wire.FlavourGo, shared, "self:1")
		p := NewPending(table)
		p.SetMaxTransmits(3)
		b := table.Begin()
		for i := range 10 * keptPending {
			m := table.addresses.intern(wire.Address(fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250)))
			b.Add(m, State{Incarnation: 1, Status: wire.Status(i % 2)}) // alive or suspect
			p.Put(m, table.Origin("", 0, 0), 0)
		}
		table.addresses.free.put(make([]Change, 0, minFreeCap))
		p.RemoveIf(func(s wire.Status) bool { return s == wire.Suspect })
		if p.Len() != 5*keptPending {
			t.Fatalf("%d changes are pending", p.Len())
		}
		if checkPending(t, p); p.gaps != 0 {
			t.Errorf("%d gaps are left in a list of %d", p.gaps, len(p.list))
		}
		for sent := 0; p.Len() > 0; sent++ {
			if sent == 6 {
				t.Fatalf("%d changes are pending after %d times", p.Len(), sent)
			}
			p.SentAll(1)
		}
		if cap(p.list) != 0 || len(table.addresses.free.lists) != map[bool]int{false: 0, true: 1}[table.shared] {
			t.Errorf("room for %d changes and %d lists are kept", cap(p.list), len(table.addresses.free.lists))
		}
	}
}

// Serials begin anew when they are used up; 0 is none of them.
func TestSerialsBeginAnew(t *testing.T) {
	table, numbers := tableOf(2)
	p := NewPending(table)
	p.SetMaxTransmits(2)
	p.last = 1<<32 - 2
	p.Put(numbers[0], table.Origin("", 0, 0), 0)
	sent := p.Last()
	p.Put(numbers[1], table.Origin("", 0, 0), 0)
	if p.Last() != 1 {
		t.Fatalf("%d follows %d", p.Last(), sent)
	}
	p.Sent(sent)
	for c, times := range p.Counts() {
		want := 0
		if c.Address == table.Address(numbers[0]) {
			want = 1
		}
		if times != want {
			t.Errorf("%s counts as sent %d times, want %d", c.Address, times, want)
		}
	}
	p.Sent(0)
	if p.Sent(sent); p.Len() != 1 {
		t.Errorf("%d changes are pending, want 1", p.Len())
	}
}

// A member that is forgotten leaves its place in the list, which the next member with its
// number takes.
func TestPlacesAreTakenByTheNextMember(t *testing.T) {
	table, numbers := tableOf(10)
	p := NewPending(table)
	p.SetMaxTransmits(5)
	for _, m := range numbers {
		p.Put(m, table.Origin("", 0, 0), 0)
	}
	b := table.Begin()
	m := numbers[3]
	p.Remove(m)
	b.Remove(m)
	checkPending(t, p)
	table.Sweep()
	if got := table.addresses.intern("next:1"); got != m {
		t.Fatalf("the next member has number %d, want %d", got, m)
	}
	b.Add(m, State{Incarnation: 1})
	p.Put(m, table.Origin("", 0, 0), 0)
	if checkPending(t, p); p.Len() != len(numbers) || len(p.list) != len(numbers) {
		t.Errorf("%d changes are pending at %d places", p.Len(), len(p.list))
	}
}
