package explain

import (
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/guard/internal/ringtest"
	"github.com/ringmend/ringmend/node/wire"
)

// observer looks at rings, a look a second.
type observer struct {
	e  *Explainer
	at time.Time
}

func observe() *observer { return &observer{New(), time.Unix(1_000_000, 0)} }

// look looks for that many seconds and returns the findings of the last look.
func (o *observer) look(r *ringtest.Ring, seconds int) (found []Finding) {
	for range seconds {
		c, v := r.Look()
		o.at = o.at.Add(time.Second)
		found = o.e.Looked(o.at, c, v)
	}
	return found
}

func expect(t *testing.T, found []Finding, kind Kind, words ...string) {
	t.Helper()
	if len(found) != 1 || found[0].Kind != kind {
		t.Fatalf("found %+v, want %s", found, kind)
	}
	for _, w := range words {
		if !strings.Contains(found[0].Text+" "+found[0].Help, w) {
			t.Errorf("%q is not in %q, %q", w, found[0].Text, found[0].Help)
		}
	}
}

func TestNothingIsFoundWhenNothingIsWrong(t *testing.T) {
	if found := observe().look(ringtest.New(5), 200); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	if found := observe().look(ringtest.New(3, 2), 200); len(found) > 0 {
		t.Errorf("a split that will heal: %+v", found)
	}
}

func TestIslands(t *testing.T) {
	last := ringtest.Address(4)
	forgotten := ringtest.New(4, 1)
	for i := range 4 {
		forgotten.ForgetAt(ringtest.Address(i), last)
	}
	o := observe()
	if found := o.look(forgotten, 10); len(found) > 0 {
		t.Errorf("too early: %+v", found)
	}
	expect(t, o.look(forgotten, 10), Island, "has forgotten it", string(last), "10.0.0.1:3000 10.0.0.5:3000")

	lonely := ringtest.New(4, 1)
	for i := range 4 {
		lonely.ForgetAt(last, ringtest.Address(i))
	}
	expect(t, observe().look(lonely, 20), Island, "does not know it")

	both := ringtest.New(4, 1)
	for i := range 4 {
		both.ForgetAt(last, ringtest.Address(i))
		both.ForgetAt(ringtest.Address(i), last)
	}
	expect(t, observe().look(both, 20), Island, "do not know each other")
}

func TestStuckSuspects(t *testing.T) {
	r := ringtest.New(4)
	r.Down(3)
	r.Hold(wire.Member{Address: ringtest.Address(3), Status: wire.Suspect, Incarnation: 7})
	o := observe()
	if found := o.look(r, 30); len(found) > 0 {
		t.Errorf("too early: %+v", found)
	}
	found := o.look(r, 5)
	expect(t, found, StuckSuspect, "10.0.0.4:3000")
	if found[0].Incarnations[0] != 7 {
		t.Errorf("%+v", found)
	}
	r.Hold(wire.Member{Address: ringtest.Address(3), Status: wire.Suspect, Incarnation: 8})
	if found := o.look(r, 20); len(found) > 0 {
		t.Errorf("accused anew: %+v", found)
	}
}

func TestZombies(t *testing.T) {
	zombie := ringtest.Address(3)
	listed, given, forgotten := ringtest.New(4), ringtest.New(4), ringtest.New(4)
	for _, r := range []*ringtest.Ring{listed, given, forgotten} {
		r.Down(3)
	}
	listed.Hold(wire.Member{Address: zombie, Status: wire.Suspect, Incarnation: 2})
	given.Hold(wire.Member{Address: zombie, Status: wire.Faulty, Incarnation: 2})
	forgotten.Forget(zombie)
	for name, again := range map[string]*ringtest.Ring{"held up again": listed, "held down again": given} {
		o := observe()
		o.look(given, 2)
		for range 2 {
			if found := o.look(given, 2); len(found) > 0 {
				t.Errorf("%s: too early: %+v", name, found)
			}
			o.look(forgotten, 2)
			o.look(again, 2)
		}
		expect(t, o.look(given, 1), Zombie, string(zombie), "reap")
		if found := o.look(ringtest.New(4), 1); len(found) > 0 {
			t.Errorf("%s: it answers: %+v", name, found)
		}
	}
}

func TestHiddenMembers(t *testing.T) {
	r := ringtest.New(4)
	r.Down(1)
	expect(t, observe().look(r, 40), Hidden, "10.0.0.2:3000", "firewall")
}

func TestRingsThatDoNotAgree(t *testing.T) {
	r := ringtest.New(4)
	for i := range 4 {
		r.Checksum(ringtest.Address(i), uint32(1+i%2))
	}
	expect(t, observe().look(r, 20), TwoFlavours, "2 checksums")

	restless := ringtest.New(4)
	restless.HoldAt(ringtest.Address(0), wire.Member{Address: ringtest.Address(1), Status: wire.Alive, Incarnation: 9})
	expect(t, observe().look(restless, 70), Unsettled, "2 views")
}
