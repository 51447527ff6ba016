package swim

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
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
