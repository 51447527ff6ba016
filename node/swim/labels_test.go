package swim

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

func TestLabelsAreGossipedAtANewIncarnation(t *testing.T) {
	n, out, _ := newNode(t, nil)
	before := n.Self()
	if err := n.SetLabels(map[string]string{"k": "v"}); err != nil {
		t.Fatal(err)
	}
	after := n.Self()
	if after.Incarnation <= before.Incarnation || !maps.Equal(after.Labels, map[string]string{"k": "v"}) || n.Pending() != 1 {
		t.Errorf("%+v after %+v", after, before)
	}
	*out = Effects{}
	if err := n.SetLabels(map[string]string{"k": "v"}); err != nil || len(out.Events) != 0 || n.Self().Incarnation != after.Incarnation {
		t.Errorf("equal labels changed something: %v", err)
	}
	n.Labels()["k"] = "changed by a caller"
	if n.Self().Labels["k"] != "v" {
		t.Error("a caller changed the labels")
	}
}

func TestLabelsAreMergedAndRemoved(t *testing.T) {
	n, _, _ := newNode(t, nil)
	for _, set := range []map[string]string{{"a": "1", "b": "2"}, {"b": "3"}} {
		if err := n.SetLabels(set); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.SetIdentity("me"); err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"a": "1", "b": "3", IdentityLabel: "me"}; !maps.Equal(n.Labels(), want) {
		t.Errorf("%v, want %v", n.Labels(), want)
	}
	if self := n.Self(); self.Identity() != "me" {
		t.Errorf("identity %q", self.Identity())
	}
	if all, err := n.RemoveLabels("a", "x"); all || err != nil {
		t.Errorf("removed all: %v, %v", all, err)
	}
	if all, err := n.RemoveLabels("b"); !all || err != nil {
		t.Errorf("removed all: %v, %v", all, err)
	}
	if want := map[string]string{IdentityLabel: "me"}; !maps.Equal(n.Labels(), want) {
		t.Errorf("%v, want %v", n.Labels(), want)
	}
}

func TestLabelLimits(t *testing.T) {
	full := make(map[string]string)
	for i := range 5 {
		full[fmt.Sprintf("%032d", i)] = strings.Repeat("v", 128)
	}
	n, _, _ := newNode(t, nil)
	if err := n.SetLabels(full); err != nil {
		t.Fatal(err)
	}
	if err := n.SetIdentity(strings.Repeat("identities do not count ", 10)); err != nil {
		t.Fatal(err)
	}
	before := n.Self()
	for name, test := range map[string]struct {
		set  map[string]string
		want error
	}{
		"a sixth":       {map[string]string{"k": "v"}, ErrLabelLimit},
		"a long key":    {map[string]string{strings.Repeat("k", 33): "v"}, ErrLabelLimit},
		"a long value":  {map[string]string{"k": strings.Repeat("v", 129)}, ErrLabelLimit},
		"internal":      {map[string]string{IdentityLabel: "x"}, ErrLabelInternal},
		"binary value":  {map[string]string{fmt.Sprintf("%032d", 0): "\xff"}, ErrLabelEncoding},
		"part is wrong": {map[string]string{fmt.Sprintf("%032d", 0): "new", "sixth": "v"}, ErrLabelLimit},
	} {
		if err := n.SetLabels(test.set); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := n.RemoveLabels(IdentityLabel); !errors.Is(err, ErrLabelInternal) {
		t.Errorf("removing an internal label: %v", err)
	}
	if after := n.Self(); !after.Equal(&before) {
		t.Errorf("a refused change changed something: %+v", after)
	}
}

// In a ring with ringpop-node labels would be lost on the way.
func TestFlavourNodeHasNoLabels(t *testing.T) {
	n, _, _ := newNode(t, func(c *Config) { c.Flavour = FlavourNode })
	before := n.Self()
	if err := n.SetLabels(map[string]string{"k": "v"}); !errors.Is(err, ErrLabelFlavour) {
		t.Errorf("setting labels: %v", err)
	}
	if err := n.SetIdentity("alpha"); !errors.Is(err, ErrLabelFlavour) {
		t.Errorf("setting an identity: %v", err)
	}
	if err := n.SetLabels(nil); err != nil {
		t.Errorf("setting none: %v", err)
	}
	if after := n.Self(); !after.Equal(&before) {
		t.Errorf("%+v after %+v", after, before)
	}
}

// The rule for changes from the wire and that of the table are the same.
func TestLabelsDecideInFlavoursThatHaveThem(t *testing.T) {
	for _, flavour := range []Flavour{FlavourGo, FlavourNode, FlavourSum} {
		n, _, _ := newNode(t, func(c *Config) { c.Flavour = flavour })
		n.Update(changes(1, wire.Alive))
		for _, identity := range []string{"alpha", "beta", "gamma", "delta"} {
			c := changes(1, wire.Alive)[0]
			c.Labels = map[string]string{IdentityLabel: identity}
			before, _ := n.Member(c.Address)
			wins := Overrides(flavour, &c, &before)
			if applied := n.Update([]wire.Change{c}); wins != (applied == 1) || wins && flavour == FlavourNode {
				t.Errorf("%v: %s overrides %v: %v, and %d changes are applied", flavour, identity, before.Labels, wins, applied)
			}
		}
	}
}
