package table

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dgryski/go-farm"
	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/wire"
)

// plainChecksum is the definition, word for word.
func plainChecksum(flavour wire.Flavour, members []wire.Member) uint32 {
	var texts []string
	members = slices.Clone(members)
	slices.SortFunc(members, func(a, b wire.Member) int { return strings.Compare(string(a.Address), string(b.Address)) })
	for _, m := range members {
		if m.Status == wire.Tombstone {
			continue
		}
		text := fmt.Sprintf("%s%s%d", m.Address, m.Status, m.Incarnation)
		if sum := wire.LabelsChecksum(m.Labels); flavour == wire.FlavourGo && sum != 0 {
			text += fmt.Sprintf("#labels%d", sum)
		}
		texts = append(texts, text)
	}
	if flavour == wire.FlavourNode {
		return farm.Fingerprint32([]byte(strings.Join(texts, ";")))
	}
	slices.Sort(texts)
	return farm.Fingerprint32([]byte(strings.Join(texts, ";") + strings.Repeat(";", min(1, len(texts)))))
}

func drawMember(t *rapid.T) wire.Member {
	host := rapid.SampledFrom([]string{"127.0.0.1", "127.0.0.11", "host", "[::1]"}).Draw(t, "host")
	port := rapid.SampledFrom([]int{3, 30, 300, 3000, 3001, 30001, 30000}).Draw(t, "port")
	m := wire.Member{
		Address:     wire.Address(fmt.Sprintf("%s:%d", host, port)),
		Status:      wire.Status(rapid.IntRange(0, int(wire.Tombstone)).Draw(t, "status")),
		Incarnation: rapid.Int64Range(1, 1_000_000).Draw(t, "incarnation"),
	}
	if rapid.Bool().Draw(t, "labelled") {
		m.Labels = rapid.MapOfN(rapid.StringN(0, 4, -1), rapid.StringN(0, 4, -1), 1, 3).Draw(t, "labels")
	}
	return m
}

// The table's checksum, kept up with edits of a text, is that of its members
// after any history, also when another table shares its addresses.
func TestChecksumFollowsEveryChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flavour := wire.Flavour(rapid.IntRange(0, int(wire.FlavourSum)).Draw(t, "flavour"))
		shared := NewShared(flavour)
		table, _ := New(flavour, shared, "127.0.0.1:1")
		other, _ := New(flavour, shared, "127.0.0.1:2")
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			m := drawMember(t)
			if rapid.IntRange(0, 3).Draw(t, "which") == 0 {
				table, other = other, table
			}
			c := State{m.Incarnation, m.Status, m.Labels}
			if rapid.IntRange(0, 9).Draw(t, "forget") == 0 {
				table.sum.forget()
			}
			switch old, known := table.Find(m.Address); {
			case !known:
				table.add(table.addresses.intern(m.Address), c)
			case rapid.IntRange(0, 3).Draw(t, "remove") == 0:
				table.remove(old)
			default:
				table.set(old, c)
			}
			if rapid.Bool().Draw(t, "look") {
				checkTable(t, flavour, table)
			}
		}
		checkTable(t, flavour, table)
		checkTable(t, flavour, other)
	})
}

func checkTable(t *rapid.T, flavour wire.Flavour, table *Table) {
	members := table.Sorted()
	if got, want := table.Checksum(), plainChecksum(flavour, members); got != want && flavour != wire.FlavourSum {
		t.Fatalf("checksum %d, want %d for %v", got, want, members)
	}
	if got, want := Checksum(flavour, members), table.Checksum(); got != want {
		t.Fatalf("Checksum(members) is %d, and the table's %d", got, want)
	}
	pingable := 0
	for _, m := range members {
		if m.Status.Pingable() {
			pingable++
		}
	}
	if pingable != table.Pingable() || len(members) != table.Len() {
		t.Fatalf("%d of %d are pingable, the table says %d of %d", pingable, len(members), table.Pingable(), table.Len())
	}
}

// The order of strings is not that of addresses when one begins with another.
func TestPrefixAddressesSortAsTheirStrings(t *testing.T) {
	members := []wire.Member{
		{Address: "127.0.0.1:3000", Incarnation: 1},
		{Address: "127.0.0.1:30001", Incarnation: 1},
	}
	want := farm.Fingerprint32([]byte("127.0.0.1:30001alive1;127.0.0.1:3000alive1;"))
	if got := Checksum(wire.FlavourGo, members); got != want {
		t.Errorf("flavour go: %d, want %d", got, want)
	}
	want = farm.Fingerprint32([]byte("127.0.0.1:3000alive1;127.0.0.1:30001alive1"))
	if got := Checksum(wire.FlavourNode, members); got != want {
		t.Errorf("flavour node: %d, want %d", got, want)
	}
}

func TestLabelsCountInTheGoFlavourOnly(t *testing.T) {
	plain := []wire.Member{{Address: "127.0.0.1:3000", Incarnation: 1}}
	labelled := []wire.Member{{Address: "127.0.0.1:3000", Incarnation: 1, Labels: map[string]string{"k": "v"}}}
	if Checksum(wire.FlavourGo, plain) == Checksum(wire.FlavourGo, labelled) {
		t.Error("flavour go leaves out labels")
	}
	if Checksum(wire.FlavourNode, plain) != Checksum(wire.FlavourNode, labelled) {
		t.Error("flavour node counts labels")
	}
}

// The sum is of nothing but the members, whatever their order and history, and it
// changes with everything that matters.
func TestTheSumTellsMembershipsApart(t *testing.T) {
	base := []wire.Member{
		{Address: "127.0.0.1:3000", Incarnation: 1},
		{Address: "127.0.0.1:3001", Incarnation: 2, Labels: map[string]string{"k": "v"}},
	}
	with := func(change func(*wire.Member)) []wire.Member {
		members := slices.Clone(base)
		change(&members[1])
		return members
	}
	seen := map[uint32]string{Checksum(wire.FlavourSum, base): "nothing"}
	for what, members := range map[string][]wire.Member{
		"a status":      with(func(m *wire.Member) { m.Status = wire.Suspect }),
		"an address":    with(func(m *wire.Member) { m.Address = "127.0.0.1:3002" }),
		"a rebirth":     with(func(m *wire.Member) { m.Incarnation = 3 }),
		"another value": with(func(m *wire.Member) { m.Labels = map[string]string{"k": "w"} }),
		"no labels":     with(func(m *wire.Member) { m.Labels = nil }),
		"one more":      append(slices.Clone(base), wire.Member{Address: "127.0.0.1:3003", Incarnation: 1}),
		"one less":      base[:1],
	} {
		sum := Checksum(wire.FlavourSum, members)
		if other, ok := seen[sum]; ok {
			t.Errorf("%s and %s have one sum", what, other)
		}
		seen[sum] = what
	}
	tombstone := append(slices.Clone(base), wire.Member{Address: "127.0.0.1:3003", Incarnation: 1, Status: wire.Tombstone})
	if Checksum(wire.FlavourSum, tombstone) != Checksum(wire.FlavourSum, base) {
		t.Error("a tombstone counts")
	}
	if Checksum(wire.FlavourSum, []wire.Member{base[1], base[0]}) != Checksum(wire.FlavourSum, base) {
		t.Error("the order counts")
	}
}

// Checksum returns the checksum of a table that holds exactly these members.
func Checksum(flavour wire.Flavour, members []wire.Member) uint32 {
	t, _ := New(flavour, nil, "127.0.0.1:1")
	for i := range members {
		m := &members[i]
		t.add(t.addresses.intern(m.Address), State{m.Incarnation, m.Status, m.Labels})
	}
	return t.Checksum()
}
