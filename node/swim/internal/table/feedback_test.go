package table

import (
	"slices"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

// News are the changes that may override what is believed, each seen when those before it
// have been applied. What repeats pending changes is feedback.
func TestNewsAreFoundAmongRepetitions(t *testing.T) {
	const known = 2*siftSize + 5
	table, numbers := tableOf(known)
	p := NewPending(table)
	p.SetMaxTransmits(4)
	for _, m := range numbers {
		p.Put(m, table.Origin("", 0, 0), 0)
	}
	repeated := table.Membership(table.Origin("peer:1", 1, 1))
	list := repeated.Changes()
	list = slices.Insert(list, siftSize, wire.Change{Address: list[0].Address, Incarnation: 2})
	list = append(list, wire.Change{Address: "new:1", Incarnation: 1},
		wire.Change{Address: list[1].Address, Incarnation: 0, Status: wire.Faulty}, // an earlier life
		wire.Change{Address: list[2].Address, Incarnation: 1, Labels: map[string]string{"k": "v"}})
	b := table.SetOf(list)

	p.BeginRequest()
	var news []wire.Address
	batch := table.Begin()
	for c := range p.News(&b) {
		news = append(news, table.Address(c.Member))
		if table.Has(c.Member) && table.Overrides(&b, c) {
			batch.Set(c.Member, b.State(c))
			p.Put(c.Member, c.Origin, 0)
			p.MarkHeard(c.Member)
		}
	}
	if want := []wire.Address{list[0].Address, "new:1", list[2].Address}; !slices.Equal(news, want) {
		t.Errorf("news of %v, want %v", news, want)
	}
	for c, times := range p.Counts() {
		want := 1
		if c.Address == list[0].Address || c.Address == list[2].Address {
			want = 0 // replaced since
		}
		if times != want {
			t.Errorf("%s counts as sent %d times, want %d", c.Address, times, want)
		}
	}
	if answer, left := p.Answer("peer:1", 1, true); answer.Len() != 0 || left != known {
		t.Errorf("%d changes are told back, and %d left out of %d", answer.Len(), left, known)
	}
	p.EndRequest()
	if answer, left := p.Answer("peer:1", 1, false); answer.Len() != known || left != 0 {
		t.Errorf("to the next request %d of %d are told, %d left out", answer.Len(), known, left)
	}
	for range p.News(&b) {
		break // a walk may end early
	}
	for range p.Counts() {
		break
	}
}

// Feedback never counts for the last transmission, and only while a request is handled.
func TestFeedbackLeavesTheLastTransmission(t *testing.T) {
	table, numbers := tableOf(2)
	p := NewPending(table)
	const limit = 3
	p.SetMaxTransmits(limit)
	m := numbers[0]
	p.Put(m, table.Origin("", 0, 0), 0)
	times := func() (n int) {
		for _, n = range p.Counts() {
		}
		return n
	}
	if p.NoteRepeated(m); times() != 0 {
		t.Errorf("outside of a request it counts as sent %d times", times())
	}
	p.BeginRequest()
	for range 2 * limit {
		p.NoteRepeated(m)
		p.NoteRepeated(numbers[1]) // of which nothing is pending
	}
	if times() != limit-1 {
		t.Errorf("it counts as sent %d times, want %d", times(), limit-1)
	}
	p.MarkHeard(numbers[1])
	p.requests = 1<<32 - 1
	if p.BeginRequest(); p.request == 0 {
		t.Error("the request has the number of none")
	}
}

// What the asker has declared itself is left out of an answer, and stays pending.
func TestAnswersOmitTheAskersOwn(t *testing.T) {
	table, numbers := tableOf(3)
	p := NewPending(table)
	p.SetMaxTransmits(5)
	p.Put(numbers[0], table.Origin("asker:1", 7, 0), 0)
	p.Put(numbers[1], table.Origin("asker:1", 6, 0), 0) // in an earlier life
	p.Put(numbers[2], table.Origin("", 0, 0), 0)
	if b, _ := p.Answer("asker:1", 7, true); b.Len() != 2 || b.Tells(numbers[0]) {
		t.Errorf("the answer tells %v", b.Changes())
	}
	if b, _ := p.Answer("never seen:1", 7, true); b.Len() != 3 {
		t.Errorf("the answer to another node tells %v", b.Changes())
	}
	for c, times := range p.Counts() {
		want := 2
		if c.SourceIncarnation == 7 {
			want = 1
		}
		if times != want {
			t.Errorf("%v counts as sent %d times, want %d", c, times, want)
		}
	}
}

// A repeated suspicion may come from a further accuser; then it is news, and no feedback
// before the caller says so.
func TestFurtherAccusersAreNews(t *testing.T) {
	table, numbers := tableOf(2)
	b := table.Begin()
	p := NewPending(table)
	p.SetMaxTransmits(4)
	for i, m := range numbers {
		b.Set(m, State{Incarnation: 2, Status: wire.Status(i)}) // alive and suspect
		p.Put(m, table.Origin("a:1", 1, 0), 0)
	}
	repeated := table.Membership(table.Origin("b:1", 1, 0))
	for _, on := range []bool{false, true} {
		p.AccusersAreNews(on)
		p.BeginRequest()
		var news []MemberID
		for c := range p.News(&repeated) {
			if source, ok := table.Source(c.Origin); !ok || table.Address(source) != "b:1" {
				t.Errorf("the source of %d is %d, %v", c.Member, source, ok)
			}
			news = append(news, c.Member)
		}
		p.EndRequest()
		if want := numbers[1:]; on && !slices.Equal(news, want) || !on && len(news) != 0 {
			t.Errorf("news of %v when accusers are news: %v", news, on)
		}
	}
	for c, times := range p.Counts() {
		want := 2
		if c.Status == wire.Suspect {
			want = 1
		}
		if times != want {
			t.Errorf("%v counts as sent %d times, want %d", c, times, want)
		}
	}
	if m, ok := table.Source(table.Origin("", 0, 0)); ok {
		t.Errorf("an origin without a source has %d", m)
	}
}
