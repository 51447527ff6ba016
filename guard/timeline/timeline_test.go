package timeline

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/guard/internal/ringtest"
	"github.com/ringmend/ringmend/node/wire"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// story follows a ring, a look a second.
type story struct {
	f  Follower
	at time.Time
}

func begin(r *ringtest.Ring) *story {
	s := &story{at: noon}
	s.look(r)
	return s
}

// look looks, and returns the events as "second kind text".
func (s *story) look(r *ringtest.Ring) []string {
	c, v := r.Look()
	return s.took(Look{At: s.at, Cluster: c, Verdict: v})
}

func (s *story) took(l Look) (lines []string) {
	for _, e := range s.f.Looked(l) {
		lines = append(lines, fmt.Sprintf("%.0fs %s: %s", e.At.Sub(noon).Seconds(), e.Kind, e.Text))
	}
	s.at = s.at.Add(time.Second)
	return lines
}

func (s *story) expect(t *testing.T, r *ringtest.Ring, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.look(r)); diff != "" {
		t.Errorf("at %v (-want +got):\n%s", s.at.Sub(noon)-time.Second, diff)
	}
}

func alive(i int, incarnation int64) wire.Member {
	return wire.Member{Address: ringtest.Address(i), Status: wire.Alive, Incarnation: incarnation}
}

func TestASplitIsToldFromItsFirstLookToItsEnd(t *testing.T) {
	whole := ringtest.New(5)
	s := begin(whole)
	s.expect(t, whole)
	s.expect(t, ringtest.New(3, 2))
	s.expect(t, ringtest.New(3, 2), "2s split-began: split into 3 | 2")
	s.expect(t, ringtest.New(3, 2))
	s.expect(t, ringtest.New(3, 1, 1))
	s.expect(t, ringtest.New(3, 1, 1), "6s split-changed: split into 3 | 1 | 1")
	s.expect(t, whole, "7s split-ended: one ring again after 5s, 5 up")
	if !s.f.Split().IsZero() {
		t.Error("the split goes on")
	}
	s.expect(t, whole)
}

// A node that is just joining is a side of its own for a moment.
func TestASideForOneLookIsNoSplit(t *testing.T) {
	whole := ringtest.New(4)
	s := begin(whole)
	s.expect(t, ringtest.New(3, 1))
	s.expect(t, whole)
	s.expect(t, whole)
}

func TestWhatBecomesOfMembers(t *testing.T) {
	r := ringtest.New(6)
	s := begin(r)
	r.Down(5)
	s.expect(t, r)
	s.expect(t, r, "1s silent: 1 held alive, but not answering: 10.0.0.6:3000")
	r.Hold(wire.Member{Address: ringtest.Address(5), Status: wire.Faulty, Incarnation: 1})
	s.expect(t, r)
	s.expect(t, r, "3s faulty: 1 held faulty: 10.0.0.6:3000")
	r.Forget(ringtest.Address(5))
	s.expect(t, r)
	s.expect(t, r, "5s forgotten: 1 forgotten: 10.0.0.6:3000")
	r.Restart(0)
	s.expect(t, r, "7s restarted: 1 restarted: 10.0.0.1:3000")
	r.Hold(wire.Member{Address: ringtest.Address(1), Status: wire.Alive, Incarnation: 1, Labels: map[string]string{"zone": "<b>a</b>", "v": "1\x1b[2J"}})
	s.expect(t, r, `8s labels: labels of 10.0.0.2:3000: "v"="1\x1b[2J" is new, "zone"="<b>a</b>" is new`)
	s.expect(t, r)
}

// A member that is busy for one look is no news.
func TestOneLookIsNoNews(t *testing.T) {
	r, shaken := ringtest.New(3), ringtest.New(3)
	shaken.Hold(wire.Member{Address: ringtest.Address(1), Status: wire.Suspect, Incarnation: 1})
	s := begin(r)
	for range 5 {
		s.expect(t, shaken)
		s.expect(t, r)
	}
}

func TestManyLossesTogetherMayBeASplit(t *testing.T) {
	r := ringtest.New(4)
	s := begin(r)
	for _, i := range []int{2, 3} {
		r.Down(i)
		r.Hold(wire.Member{Address: ringtest.Address(i), Status: wire.Faulty, Incarnation: 1})
	}
	s.expect(t, r)
	s.expect(t, r, "1s faulty: 2 held faulty: 10.0.0.3:3000, 10.0.0.4:3000; so many together may be a split whose other side cannot be reached from here")
}

func TestJoiningAndComingBack(t *testing.T) {
	r := ringtest.New(3)
	r.Down(2)
	r.Hold(wire.Member{Address: ringtest.Address(2), Status: wire.Faulty, Incarnation: 1})
	s := begin(r)
	back := ringtest.New(4)
	back.Hold(alive(2, 2))
	s.expect(t, back)
	s.expect(t, back, "1s joined: 1 joined: 10.0.0.4:3000", "1s back: 1 up again: 10.0.0.3:3000")
}

func TestNoNodeAnswers(t *testing.T) {
	r := ringtest.New(3)
	s := begin(r)
	failed := Look{At: s.at, Err: errors.New("no node answered")}
	if got := s.took(failed); len(got) != 1 || got[0] != "1s unreachable: no node answered" {
		t.Errorf("%q", got)
	}
	failed.At = s.at
	if got := s.took(failed); len(got) > 0 {
		t.Errorf("again: %q", got)
	}
	s.expect(t, r, "3s reachable: nodes answer again after 2s")
}

func TestEventsNameABoundedNumberOfMembers(t *testing.T) {
	s := begin(ringtest.New(3))
	big := ringtest.New(500)
	s.look(big)
	c, v := big.Look()
	events := s.f.Looked(Look{At: s.at, Cluster: c, Verdict: v})
	if len(events) != 1 || events[0].Count != 497 || len(events[0].Members) != MaxMembers || !strings.HasSuffix(events[0].Text, "and 494 more") {
		t.Errorf("%+v", events)
	}
}
