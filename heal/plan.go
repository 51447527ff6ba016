package heal

import (
	"fmt"
	"strings"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Plan says what must happen between two memberships, ours (A) and theirs (B).
// When no member must reincarnate, they can be merged.
type Plan struct {
	// Ours are members that live on our side and would be killed by what their
	// side believes; Theirs the other way round. If there are any, so are those
	// that the other side holds suspect; and, on a healer's first visit, those of
	// which it has not been told that they live: see [Healer.withUntold].
	Ours, Theirs []Reincarnation
	// TellOurs are members that have left by what their side believes, and that ours holds
	// dead or does not know; TellTheirs those that have left by ours, and that theirs holds dead.
	TellOurs, TellTheirs []wire.Change
}

// Reincarnation is a member that must raise its incarnation before a merge.
type Reincarnation struct {
	// Suspect is the change to apply on the side where the member lives. It is
	// at the incarnation of the belief that would kill the member, or its own if
	// none would, and the member out-bids it when it hears of it. It names no source: else
	// it would not be told to the node that declared the member faulty.
	Suspect wire.Change
	// Lives is what the member's own side believes, Killer what the other does. Of a
	// member that is unknown there it is a tombstone of incarnation 0.
	Lives, Killer Belief
}

// Belief is a status at an incarnation.
type Belief struct {
	Status      wire.Status
	Incarnation int64
}

// CanMerge reports whether the memberships can be merged without a pingable
// member becoming unpingable on either side.
func (p *Plan) CanMerge() bool { return len(p.Ours) == 0 && len(p.Theirs) == 0 }

// String prints the plan with its reasons, a line for each member.
func (p Plan) String() string {
	if p.CanMerge() {
		return "merge"
	}
	var b strings.Builder
	write := func(side string, list []Reincarnation) {
		for _, r := range list {
			fmt.Fprintf(&b, "reincarnate %s %s: %v there, held %v\n", side, r.Suspect.Address, r.Lives, r.Killer)
		}
	}
	write("ours", p.Ours)
	write("theirs", p.Theirs)
	return strings.TrimSuffix(b.String(), "\n")
}

// String returns the status and the incarnation.
func (b Belief) String() string { return fmt.Sprintf("%v@%d", b.Status, b.Incarnation) }

// Compare makes the plan for our membership and theirs, in time proportional to
// their sizes.
func Compare(ours func(wire.Address) (swim.Member, bool), theirs []wire.Change) Plan {
	var p Plan
	var doubted Plan // members that may turn faulty on one side any moment
	for i := range theirs {
		b := &theirs[i]
		member, ok := ours(b.Address)
		if !ok {
			continue // not known here: it kills no member
		}
		a := asChange(&member)
		switch {
		case kills(&a, b):
			p.Theirs = append(p.Theirs, reincarnation(&a, b))
		case kills(b, &a):
			p.Ours = append(p.Ours, reincarnation(b, &a))
		case doubts(&a, b):
			doubted.Theirs = append(doubted.Theirs, reincarnation(&a, b))
		case doubts(b, &a):
			doubted.Ours = append(doubted.Ours, reincarnation(b, &a))
		}
	}
	if !p.CanMerge() {
		p.Ours = append(p.Ours, doubted.Ours...)
		p.Theirs = append(p.Theirs, doubted.Theirs...)
	}
	return p
}

// doubts reports whether x holds a member suspect that y holds alive. A merge would make it
// refute; without one it may be faulty for x at the next visit.
func doubts(x, y *wire.Change) bool {
	return x.Status == wire.Suspect && y.Status == wire.Alive && x.Incarnation >= y.Incarnation
}

// kills reports whether believing x would make a member unpingable that y holds
// pingable.
func kills(x, y *wire.Change) bool {
	if !y.Status.Pingable() || x.Status.Pingable() {
		return false
	}
	return x.Incarnation > y.Incarnation || x.Incarnation == y.Incarnation && x.Status > y.Status
}

func reincarnation(killer, lives *wire.Change) Reincarnation {
	return Reincarnation{
		Suspect: suspectOf(killer),
		Lives:   Belief{lives.Status, lives.Incarnation},
		Killer:  Belief{killer.Status, killer.Incarnation},
	}
}

// suspectOf returns a change by which a member is suspect at the same incarnation.
func suspectOf(c *wire.Change) wire.Change {
	suspect := *c
	suspect.Status = wire.Suspect
	suspect.Source, suspect.SourceIncarnation = "", 0
	return suspect
}

// asChange returns what is believed of a member as a change.
func asChange(m *swim.Member) wire.Change {
	return wire.Change{Address: m.Address, Incarnation: m.Incarnation, Status: m.Status, Labels: m.Labels}
}

func suspects(list []Reincarnation) []wire.Change {
	changes := make([]wire.Change, len(list))
	for i := range list {
		changes[i] = list[i].Suspect
	}
	return changes
}
