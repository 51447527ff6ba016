package timeline

import (
	"fmt"
	"slices"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// Look is what a look showed.
type Look struct {
	At time.Time
	// Err is why nothing was seen. Then the rest is not looked at.
	Err     error
	Cluster *admin.Cluster
	Verdict *admin.Verdict
}

// Follower makes events out of what looks show, one after the other.
type Follower struct {
	started bool
	blind   time.Time // since when no node answers; zero when some do

	split   time.Time // since when there is more than one side; zero when there is one
	sides   []int     // as last told
	said    bool      // that there is a split
	pending []int     // other sides, as the last look showed

	members members
}

// Split returns since when the ring is split, as far as was told, zero when it is not.
func (f *Follower) Split() time.Time {
	if !f.said {
		return time.Time{}
	}
	return f.split
}

// Looked records a look and returns what has happened.
func (f *Follower) Looked(l Look) []Event {
	if l.Err != nil {
		return f.missed(l)
	}
	var events []Event
	if !f.blind.IsZero() && f.started {
		events = append(events, Event{
			At: l.At, Kind: Reachable, Seconds: l.At.Sub(f.blind).Seconds(),
			Text: fmt.Sprintf("nodes answer again after %v", rounded(l.At.Sub(f.blind))),
		})
	}
	f.blind = time.Time{}
	events = append(events, f.sidesSeen(l)...)
	if !f.started {
		f.started = true
		f.members.begin(l)
		return append([]Event{{
			At: l.At, Kind: Started, Count: l.Verdict.Members(),
			Text: fmt.Sprintf("began to watch a ring of %d members, %d up", l.Verdict.Members(), len(l.Verdict.Up)),
		}}, events...)
	}
	return append(events, f.members.saw(l)...)
}

func (f *Follower) missed(l Look) []Event {
	if !f.blind.IsZero() {
		return nil
	}
	f.blind = l.At
	return []Event{{At: l.At, Kind: Unreachable, Text: l.Err.Error()}}
}

// sidesSeen returns events for splits. A split must be seen by two looks: a node that is
// just joining is a side of its own for a moment.
func (f *Follower) sidesSeen(l Look) []Event {
	var now []int
	for i := range l.Verdict.Sides {
		now = append(now, len(l.Verdict.Sides[i].Nodes))
	}
	if len(now) < 2 {
		return f.one(l)
	}
	again := slices.Equal(f.pending, now)
	f.pending = now
	switch {
	case f.split.IsZero():
		f.split = l.At
		return nil
	case !f.said:
		f.said, f.sides = true, now
		return []Event{f.splitEvent(f.split, SplitBegan, "split into "+sizes(now), l.Verdict)}
	case again && !slices.Equal(f.sides, now):
		f.sides = now
		return []Event{f.splitEvent(l.At, SplitChanged, "split into "+sizes(now), l.Verdict)}
	}
	return nil
}

func (f *Follower) splitEvent(at time.Time, kind Kind, text string, v *admin.Verdict) Event {
	e := Event{At: at, Kind: kind, Text: text, Sides: f.sides}
	for _, s := range v.Sides[1:] { // the smaller ones
		e.Count += len(s.Nodes)
		e.Members = append(e.Members, s.Nodes[:min(len(s.Nodes), MaxMembers-len(e.Members))]...)
	}
	return e
}

func (f *Follower) one(l Look) []Event {
	began, said := f.split, f.said
	f.split, f.said, f.pending, f.sides = time.Time{}, false, nil, nil
	if !said {
		return nil
	}
	if len(l.Verdict.Sides) == 0 {
		return []Event{{At: l.At, Kind: SplitEnded, Seconds: l.At.Sub(began).Seconds(), Text: "no side of the split is left"}}
	}
	return []Event{{
		At: l.At, Kind: SplitEnded, Seconds: l.At.Sub(began).Seconds(), Sides: []int{len(l.Verdict.Sides[0].Nodes)},
		Text: fmt.Sprintf("one ring again after %v, %d up", rounded(l.At.Sub(began)), len(l.Verdict.Up)),
	}}
}

func rounded(d time.Duration) time.Duration {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Second)
}

// standing is how a member stands.
type standing uint8

const (
	absent standing = iota
	up
	suspect
	silent
	faulty
	left
)

// standings returns how all members stand.
func standings(v *admin.Verdict) map[wire.Address]standing {
	all := make(map[wire.Address]standing, v.Members())
	for s, list := range map[standing][]wire.Address{up: v.Up, suspect: v.Suspect, silent: v.Silent, faulty: v.Faulty, left: v.Left} {
		for _, m := range list {
			all[m] = s
		}
	}
	return all
}
