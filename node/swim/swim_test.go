package swim

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/swim/internal/table"
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
		flavour := rapid.SampledFrom([]Flavour{FlavourGo, FlavourNode, FlavourSum}).Draw(t, "flavour")
		a, _, _ := newNode(t, func(c *Config) { c.Flavour = flavour })
		b, _, _ := newNode(t, func(c *Config) { c.Flavour = flavour })
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
	first, again := n.Membership(), n.Membership()
	if &first.All()[0] != &again.All()[0] || first.Version() != again.Version() {
		t.Error("made again without a change")
	}
	n.Update(changes(1, wire.Suspect))
	if n.Membership().Version() == first.Version() {
		t.Error("a change left the version as it was")
	}
	if first.At(1).Status != wire.Alive {
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
		"label flavour": func(c *Config) { c.Flavour, c.Labels = FlavourNode, map[string]string{"k": "v"} },
		"identity flavour": func(c *Config) {
			c.Flavour, c.Labels = FlavourNode, map[string]string{IdentityLabel: "alpha"}
		},
		"MaxMembers": func(c *Config) { c.MaxMembers = wire.MaxChanges + 1 },
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

// A set has the effect of its changes, for nodes that share the addresses and for others.
func TestChangeSetsSayWhatChangesSay(t *testing.T) {
	news := changes(50, wire.Suspect)
	news[3].Labels = map[string]string{"k": "v"}
	news[4].Source, news[4].SourceIncarnation, news[4].Timestamp = "s:1", 5, 6
	shared := NewShared(FlavourGo)
	sender, _ := table.New(FlavourGo, shared, "sender:1")
	var answers [3]*wire.Ping
	var want uint32
	for i, configure := range []func(*Config){
		nil,
		func(c *Config) { c.Shared = shared },
		func(c *Config) { c.Shared = NewShared(FlavourGo) },
	} {
		n, _, _ := newNode(t, configure)
		ping := &wire.Ping{Source: "asker:1"}
		if i == 0 {
			ping.Changes = wire.Changes(news...)
		} else {
			b := sender.SetOf(news)
			ping.Changes = wire.ChangesOf(&b)
		}
		n.Request(1, ping)
		answer, err := n.handlePing(&wire.Ping{Source: "asker:1"})
		if err != nil {
			t.Fatal(err)
		}
		answers[i] = answer
		if i == 0 {
			want = n.Checksum()
		} else if got := n.Checksum(); got != want {
			t.Errorf("checksum %d after a set, %d after changes", got, want)
		}
	}
	for _, answer := range answers[1:] {
		if got := answer.Changes.All(); answer.Changes.Set() == nil || !reflect.DeepEqual(got, answers[0].Changes.All()) {
			t.Errorf("the answer is\n%v, want\n%v", got, answers[0].Changes.All())
		}
		got, err := new(wire.Encoder).Encode(answer)
		want, wrong := new(wire.Encoder).Encode(answers[0])
		if err != nil || wrong != nil || !bytes.Equal(got, want) {
			t.Errorf("the answer is encoded as\n%s, want\n%s (%v, %v)", got, want, err, wrong)
		}
	}
}
