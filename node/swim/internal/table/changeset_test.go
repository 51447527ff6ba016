package table

import (
	"reflect"
	"slices"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

// sample is a list of changes with everything that a change may have.
func sample() []wire.Change {
	return []wire.Change{
		{Address: "a:1", Incarnation: 1, Source: "b:1", SourceIncarnation: 5, Timestamp: 6},
		{Address: "b:1", Incarnation: 3, Status: wire.Suspect, Labels: map[string]string{"k": "v"}},
		{Address: "c:1", Incarnation: 2, Status: wire.Faulty, Source: "b:1", SourceIncarnation: 5, Timestamp: 6},
		{Address: "d:1", Incarnation: 2, Status: wire.Tombstone},
	}
}

func addressesOf(b *ChangeSet) (list []wire.Address) {
	for _, c := range b.Changes() {
		list = append(list, c.Address)
	}
	return list
}

func TestSetsSayWhatTheirChangesSay(t *testing.T) {
	table, _ := New(wire.FlavourGo, nil, "self:1")
	b := table.SetOf(sample())
	if got := b.Changes(); !reflect.DeepEqual(got, sample()) {
		t.Errorf("the set says %v", got)
	}
	if b.Len() != 4 || b.Latest() != 3 {
		t.Errorf("%d changes up to %d", b.Len(), b.Latest())
	}
	if none := table.SetOf(nil); none.Len() != 0 || none.Changes() != nil {
		t.Errorf("a set of nothing says %v", none.Changes())
	}
	for i := range b.All() {
		c := &b.All()[i]
		if !b.Tells(c.Member) || b.Introduces(table.Address(c.Member)) != (c.Status != wire.Tombstone) {
			t.Errorf("the set does not know that it tells of %s", table.Address(c.Member))
		}
	}
	if table.addresses.intern("e:1"); b.Introduces("e:1") || b.Introduces("never seen:1") {
		t.Error("the set introduces what it does not tell of")
	}
}

// In a flavour without labels the checksum would not tell them apart.
func TestFlavoursWithoutLabelsDropThem(t *testing.T) {
	table, _ := New(wire.FlavourNode, nil, "self:1")
	b := table.SetOf(sample())
	if got := b.At(1); got.Labels != nil {
		t.Errorf("%v is told", got)
	}
}

func TestSetsAreFilteredWithoutTouchingTheOriginal(t *testing.T) {
	table, _ := New(wire.FlavourGo, nil, "self:1")
	b := table.SetOf(sample())
	dead := func(c *Change) bool { return c.Status.Dead() }
	alive := b.Without(dead)
	if got := addressesOf(&alive); !slices.Equal(got, []wire.Address{"a:1", "b:1"}) {
		t.Errorf("without the dead: %v", got)
	}
	suspects := b.AsSuspects(dead)
	for i, c := range suspects.Changes() {
		want := sample()[i]
		if want.Status.Dead() {
			want.Status, want.Source, want.SourceIncarnation = wire.Suspect, "", 0
		}
		if !reflect.DeepEqual(c, want) {
			t.Errorf("as suspects: %v, want %v", c, want)
		}
	}
	if got := b.Changes(); !reflect.DeepEqual(got, sample()) {
		t.Errorf("the set was changed: %v", got)
	}
	b.Delete(dead)
	if got := addressesOf(&b); !slices.Equal(got, []wire.Address{"a:1", "b:1"}) {
		t.Errorf("after the dead were deleted: %v", got)
	}
}

// Whether a set can be a whole membership depends on who has declared its changes.
func TestSetsKnowTheirSender(t *testing.T) {
	from := func(sources ...wire.Address) (list []wire.Change) {
		for i, source := range sources {
			list = append(list, wire.Change{Address: wire.Address([]string{"a:1", "b:1", "c:1"}[i]), Source: source, Incarnation: 1})
		}
		return list
	}
	table, _ := New(wire.FlavourGo, nil, "self:1")
	for _, c := range []struct {
		changes []wire.Change
		want    bool
	}{
		{from("a:1", "a:1", "a:1"), true},
		{from("c:1", "c:1", "c:1"), false}, // seen from a
		{from("a:1", "b:1", "a:1"), false},
		{from("a:1", "", "a:1"), false},
		{from("a:1", "a:1", "a:1")[1:], false}, // without the sender
		{nil, false},
	} {
		b := table.SetOf(c.changes)
		if got := b.IsFrom("a:1"); got != c.want {
			t.Errorf("%v is from a: %v", c.changes, got)
		}
		if b.IsFrom("never seen:1") {
			t.Errorf("%v is from a node that is not known", c.changes)
		}
	}
}

// A membership is held if it has the same members, tombstones aside.
func TestMembershipsAreCompared(t *testing.T) {
	table, _ := New(wire.FlavourGo, nil, "self:1")
	b := table.SetOf(sample())
	batch := table.Begin()
	for i := range b.All() {
		c := &b.All()[i]
		batch.Add(c.Member, b.State(c))
	}
	whole := table.Membership(table.Origin("self:1", 1, 2))
	if !table.Holds(&whole) || whole.Len() != 4 {
		t.Errorf("its own membership is another one: %v", whole.Changes())
	}
	for what, change := range map[string]func([]wire.Change) []wire.Change{
		"one less":         func(l []wire.Change) []wire.Change { return l[1:] },
		"one more":         func(l []wire.Change) []wire.Change { return append(l, wire.Change{Address: "e:1", Incarnation: 1}) },
		"a later life":     func(l []wire.Change) []wire.Change { l[0].Incarnation++; return l },
		"another status":   func(l []wire.Change) []wire.Change { l[0].Status = wire.Suspect; return l },
		"other labels":     func(l []wire.Change) []wire.Change { l[1].Labels = map[string]string{"k": "w"}; return l },
		"labels elsewhere": func(l []wire.Change) []wire.Change { l[0].Labels = map[string]string{"k": "v"}; return l },
	} {
		if other := table.SetOf(change(sample())); table.Holds(&other) {
			t.Errorf("%s: taken for the same", what)
		}
	}
	if other := table.SetOf(sample()[:3]); !table.Holds(&other) {
		t.Error("without the tombstone: taken for another one")
	}
}

// Without shared storage a message carries changes, with it the set itself, whose memory is
// used again once all messages with it are gone.
func TestMessagesCarrySets(t *testing.T) {
	plain, _ := New(wire.FlavourGo, nil, "self:1")
	b := plain.SetOf(sample())
	if list := plain.Pack(&b, 1); list.Set() != nil || !reflect.DeepEqual(list.All(), sample()) {
		t.Errorf("a message carries %v", list)
	}
	none := plain.NewSet()
	if list := plain.Pack(&none, 1); list.Set() != nil || list.Len() != 0 {
		t.Errorf("a message without changes carries %v", list)
	}

	shared := NewShared(wire.FlavourGo, "a:1")
	if shared.Flavour() != wire.FlavourGo {
		t.Errorf("flavour %v", shared.Flavour())
	}
	sender, _ := New(wire.FlavourGo, shared, "sender:1")
	receiver, _ := New(wire.FlavourGo, shared, "receiver:1")
	long := slices.Repeat(sample(), minFreeCap)
	b = sender.SetOf(long)
	list := sender.Pack(&b, 2)
	for _, table := range []*Table{receiver, plain} {
		if got := table.Open(list); !reflect.DeepEqual(got.Changes(), long) {
			t.Errorf("a receiver reads %v", got.Changes())
		}
	}
	if got := receiver.Open(wire.Changes(sample()...)); !reflect.DeepEqual(got.Changes(), sample()) {
		t.Errorf("a receiver reads %v", got.Changes())
	}
	set, free := list.Set().(*ChangeSet), &shared.addresses.free
	if set.Release(); len(free.lists) != 0 || set.Len() != len(long) {
		t.Error("the memory is free before the last message is gone")
	}
	if set.Release(); len(free.lists) != 1 || set.Len() != 0 {
		t.Error("the memory is not free after the last message is gone")
	}
}

// What is kept for the next messages is bounded, and only what is worth it.
func TestFreeListsAreBounded(t *testing.T) {
	var f freeLists
	f.put(make([]Change, 0, minFreeCap-1))
	if len(f.lists) != 0 {
		t.Error("a short list is kept")
	}
	for i := range 3 * maxFreeLists {
		f.put(make([]Change, 1, minFreeCap+i))
		if len(f.lists) > maxFreeLists {
			t.Fatalf("%d lists are kept", len(f.lists))
		}
	}
	last := minFreeCap + 3*maxFreeLists - 1
	if got := f.alloc(last); cap(got) != last || len(got) != 0 {
		t.Errorf("not the list that was used last: room for %d", cap(got))
	}
	kept := len(f.lists)
	if got := f.alloc(10 * last); cap(got) < 10*last || len(f.lists) != kept {
		t.Errorf("room for %d, want %d", cap(got), 10*last)
	}
	if f.drop(); len(f.lists) != 0 {
		t.Error("lists are kept after a storm")
	}
}
