package evict

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/node/wire"
)

func member(i int) wire.Address { return wire.Address(fmt.Sprintf("10.0.0.%d:3000", i)) }

// Records are merged to the same list in every order, also twice, and also when there are
// more than the list holds.
func TestOrderOfMergingDoesNotMatter(t *testing.T) {
	for _, members := range []int{3, 3 * MaxRecords} {
		for seed := range uint64(50) {
			rng := rand.New(rand.NewPCG(seed, 1))
			var records []Record
			for range 4 * members {
				records = append(records, Record{member(rng.IntN(members)), 1 + rng.Int64N(9), rng.IntN(2) == 0})
			}
			var want []Record
			for range 5 {
				rng.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
				var list List
				for _, r := range append(records, records[:members]...) {
					list.Merge(r)
				}
				got := list.Records()
				if len(got) > MaxRecords {
					t.Fatalf("%d records", len(got))
				}
				if want == nil {
					want = got
				} else if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%d members, seed %d: %s", members, seed, diff)
				}
			}
		}
	}
}

func TestTheLaterWordCounts(t *testing.T) {
	var list List
	for _, step := range []struct {
		record  Record
		changes bool
		evicted bool
	}{
		{Record{member(1), 10, true}, true, true},
		{Record{member(1), 10, true}, false, true},
		{Record{member(1), 10, false}, false, true}, // at once: eviction counts
		{Record{member(1), 9, false}, false, true},
		{list.Next(member(1), false, 11), true, false},
		{Record{member(1), 11, true}, true, true},
	} {
		if changes := list.Merge(step.record); changes != step.changes || list.Evicted(member(1)) != step.evicted {
			t.Errorf("%v: changes %v, evicted %v", step.record, changes, list.Evicted(member(1)))
		}
	}
	if next := list.Next(member(1), false, 5); next.Version != 12 {
		t.Errorf("a clock that is behind says %v", next)
	}
}

// In a full list the oldest word gives way, and an earlier one about the same member does not
// come back.
func TestTheOldestWordGivesWay(t *testing.T) {
	var list List
	for i := range MaxRecords {
		list.Merge(Record{member(i), int64(i + 2), i > 0})
	}
	if !list.HasRoomFor(member(5)) || !list.HasRoomFor(member(200)) {
		t.Error("there is no room, though the oldest word readmits a member")
	}
	if !list.Merge(Record{member(200), 100, true}) {
		t.Error("the latest word is not taken")
	}
	if list.Merge(Record{member(0), 1, true}) || list.Evicted(member(0)) {
		t.Error("an earlier word comes back")
	}
	if list.HasRoomFor(member(201)) || !list.HasRoomFor(member(200)) {
		t.Error("there is room, though the oldest word is an eviction")
	}
}

func TestLabelsHoldRecords(t *testing.T) {
	var records []Record
	for i := range MaxRecords {
		records = append(records, Record{member(i), 1795866069272 + int64(i), i%3 > 0})
	}
	labels := Labels(records)
	for key, value := range labels {
		if !IsLabel(key) || len(value) > wire.MaxLabelValue {
			t.Errorf("%s has %d bytes", key, len(value))
		}
	}
	labels["zone"] = "e1@10.9.9.9:1"
	got := Parse(labels)
	slices.SortFunc(got, func(a, b Record) int { return int(a.Version - b.Version) })
	if diff := cmp.Diff(records, got); diff != "" {
		t.Error(diff)
	}

	long := wire.Address(strings.Repeat("x", 250) + ":3000")
	for i := range records {
		records[i].Member = long
	}
	if labels := Labels(records); len(labels) > maxLabels {
		t.Errorf("%d labels", len(labels))
	}
}

// What others put into such labels may be anything.
func TestNonsenseIsLeftOut(t *testing.T) {
	for _, text := range []string{
		"", " ", "@", "e@10.0.0.1:1", "e1@", "e1@nowhere", "x1@10.0.0.1:1", "e-1@10.0.0.1:1", "e+1@10.0.0.1:1", "e0@10.0.0.1:1",
		"ezzzzzzzzzzz@10.0.0.1:1", "e1@010.0.0.1:1", "e1@10.0.0.1:1@", "E1@10.0.0.1:1", "e1",
	} {
		if got := Parse(map[string]string{LabelPrefix + "0": text}); got != nil {
			t.Errorf("%q: %v", text, got)
		}
	}
	want := []Record{{"10.0.0.1:1", 35, true}}
	if diff := cmp.Diff(want, Parse(map[string]string{LabelPrefix: "what ez@10.0.0.1:1 ever"})); diff != "" {
		t.Error(diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("e1@10.0.0.1:1 rz@[::1]:3000")
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range Parse(map[string]string{LabelPrefix + "0": text}) {
			again, ok := parse(r.String())
			if !ok || again != r {
				t.Errorf("%v is read as %v, %v", r, again, ok)
			}
		}
	})
}
