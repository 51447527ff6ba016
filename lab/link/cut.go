package link

import (
	"fmt"
	"time"
)

// Kind says what becomes of the packets of a cut.
type Kind string

// The kinds of cuts.
const (
	// Drop loses packets. Connections stall, and go on when the cut is mended.
	Drop Kind = "drop"
	// Reset answers TCP packets with a reset. Connections break at once, and new ones
	// are refused. Other packets are lost.
	Reset Kind = "reset"
)

// Link is one direction between two hosts.
type Link struct{ From, To int }

// Both returns both directions between each host of one list and each of another.
func Both(a, b []int) []Link { return append(OneWay(a, b), OneWay(b, a)...) }

// OneWay returns the links from each host of one list to each of another.
func OneWay(from, to []int) []Link {
	var links []Link
	for _, a := range from {
		for _, b := range to {
			if a != b {
				links = append(links, Link{a, b})
			}
		}
	}
	return links
}

type cut struct {
	kind  Kind
	links []Link
}

type change struct {
	change Change
	links  []Link
}

// Cut cuts links under a name, until [Network.Mend] of that name; a link that has
// several cuts is mended when the last of them is. A second cut under a name takes the
// place of the first.
func (n *Network) Cut(name string, kind Kind, links []Link) error {
	if kind != Drop && kind != Reset {
		return fmt.Errorf("cuts are of the kind %s or %s, not %q", Drop, Reset, kind)
	}
	n.cuts[name] = cut{kind, links}
	n.apply()
	return nil
}

// Change slows links down or makes them lose packets, under a name, until
// [Network.Mend] of that name.
func (n *Network) Change(name string, c Change, links []Link) error {
	if c.Delay < 0 || c.Delay > maxDelay || !(c.Loss >= 0 && c.Loss <= 1) {
		return fmt.Errorf("a link can be slowed by 0 to %v and lose 0 to 100 %% of its packets", maxDelay)
	}
	n.changes[name] = change{c, links}
	n.apply()
	return nil
}

// Mend ends the cut and the change of that name, and no other. It reports whether
// there was one.
func (n *Network) Mend(name string) bool {
	_, cut := n.cuts[name]
	_, changed := n.changes[name]
	delete(n.cuts, name)
	delete(n.changes, name)
	n.apply()
	return cut || changed
}

// MendAll ends all cuts and changes.
func (n *Network) MendAll() {
	clear(n.cuts)
	clear(n.changes)
	n.apply()
}

// IsCut reports whether the link is cut now.
func (n *Network) IsCut(from, to int) bool { return n.link(from, to).cut != "" }

// apply makes what is in force on each link that of all cuts and changes.
func (n *Network) apply() {
	for i := range n.links {
		n.links[i].cut, n.links[i].change = "", Change{}
	}
	for _, c := range n.cuts {
		for _, at := range c.links {
			// A link that is cut both ways drops: a packet that does not arrive gets no reset.
			if l := n.link(at.From, at.To); l.cut != Drop {
				l.cut = c.kind
			}
		}
	}
	for _, c := range n.changes {
		for _, at := range c.links {
			l := n.link(at.From, at.To)
			l.change.Delay += c.change.Delay
			l.change.Loss = 1 - (1-l.change.Loss)*(1-c.change.Loss)
		}
	}
}

// Counts says what became of the packets of a link. Those that were sent or
// duplicated were delivered, lost, cut off or overflowed, or are on their way.
type Counts struct {
	Sent       uint64 `json:"sent"`
	Delivered  uint64 `json:"delivered"`
	Lost       uint64 `json:"lost"`       // by chance
	Cut        uint64 `json:"cut"`        // by a cut, refused ones included
	Refused    uint64 `json:"refused"`    // answered with a TCP reset
	Overflowed uint64 `json:"overflowed"` // the queue before a link with a rate was full
	Duplicated uint64 `json:"duplicated"`
	Reordered  uint64 `json:"reordered"`
	Slowed     uint64 `json:"slowed"` // by a fault
	// Delayed is the sum of how long the delivered ones were on their way.
	Delayed time.Duration `json:"-"`
}

// Counts returns what became of the packets of a link so far.
func (n *Network) Counts(from, to int) Counts { return n.link(from, to).counts }
