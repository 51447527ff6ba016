package admin

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/wire"
)

// inOrder holds addresses in the order in which people expect them.
var inOrder = []wire.Address{
	"9.0.0.1:3000",
	"10.0.0.2:3000",
	"10.0.0.2:10000",
	"10.0.0.10:3000",
	"127.0.0.1:3000",
	"127.0.0.1:3001",
	"127.0.0.1:10000",
	"127.0.0.1:30001",
	"[::1]:3000",
	"[::1]:30001",
	"[::a]:3000",
	"[::10]:3000",
	"[2001:db8::2]:1",
	"[2001:db8::10]:1",
	"1st:3000",
	"Node:1",
	"cadence:3000",
	"cadence-1:3000",
	"cadence-02:4000",
	"cadence-2:80",
	"cadence-2:3000",
	"cadence-10:1",
	"cadence-10.zone:1",
	"localhost:1",
}

func TestAddressesSortByNumber(t *testing.T) {
	want := slices.Clone(inOrder)
	for seed := range uint64(20) {
		got := slices.Clone(want)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		slices.SortFunc(got, CompareAddresses)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
}

// Only equal addresses compare as equal, and the order is one: whatever a node
// calls itself, lists have one order and members are found in them.
func TestCompareAddressesIsATotalOrder(t *testing.T) {
	part := rapid.SampledFrom([]string{"1", "01", "10", "9", "a", "A", "-", ".", ":", "[", "]", "::1", "0", ""})
	address := rapid.Custom(func(t *rapid.T) wire.Address {
		var text string
		for range rapid.IntRange(1, 5).Draw(t, "parts") {
			text += part.Draw(t, "part")
		}
		return wire.Address(text)
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := address.Draw(t, "a"), address.Draw(t, "b"), address.Draw(t, "c")
		if got := CompareAddresses(a, b); (got == 0) != (a == b) || got != -CompareAddresses(b, a) {
			t.Fatalf("%q and %q: %d, %d", a, b, got, CompareAddresses(b, a))
		}
		if CompareAddresses(a, b) < 0 && CompareAddresses(b, c) < 0 && CompareAddresses(a, c) >= 0 {
			t.Fatalf("%q < %q < %q, but not the first before the last", a, b, c)
		}
	})
}

func TestHostsSortByNumber(t *testing.T) {
	want := []string{"9.0.0.1", "10.0.0.2", "10.0.0.10", "::1", "2001:db8::2", "2001:db8::10", "node-9", "node-10"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, CompareHosts)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkSortThousand(b *testing.B) {
	var addresses []wire.Address
	for i := range 1000 {
		addresses = append(addresses, wire.Address(fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250+1)))
	}
	slices.Sort(addresses)
	for b.Loop() {
		slices.SortFunc(slices.Clone(addresses), CompareAddresses)
	}
}
