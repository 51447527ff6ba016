package swim

import (
	"errors"
	"fmt"
	"math/rand/v2"
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
