package timeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

// members follows what becomes of members.
type members struct {
	known map[wire.Address]member
}

type member struct {
	told standing // as last told
	now  standing // as the last look showed
	from time.Time
	pid  int
	// labels are as the member itself gave them last.
	labels  map[string]string
	labeled bool
}

// begin records the first look. What it shows is not news.
func (f *members) begin(l Look) {
	f.known = make(map[wire.Address]member)
	for address, s := range standings(l.Verdict) {
		f.known[address] = member{told: s, now: s, from: l.At}
	}
	f.accounts(l)
}

// turns are the kinds of news, in the order in which they are told, and how they are.
var turns = []struct {
	kind Kind
	text string
}{
	{Faulty, "held faulty"}, {Silent, "held alive, but not answering"}, {Suspect, "suspected"}, {Left, "left"},
	{Forgotten, "forgotten"}, {Joined, "joined"}, {Back, "up again"},
}

func turn(before, now standing) Kind {
	switch now {
	case faulty:
		return Faulty
	case silent:
		return Silent
	case suspect:
		return Suspect
	case left:
		return Left
	case absent:
		return Forgotten
	}
	if before == absent {
		return Joined
	}
	return Back
}

// saw records a look and returns what has become of members.
func (f *members) saw(l Look) []Event {
	now := standings(l.Verdict)
	turned := make(map[Kind][]wire.Address)
	when := make(map[Kind]time.Time)
	for address, s := range now {
		if _, known := f.known[address]; !known {
			f.known[address] = member{told: absent, now: absent, from: l.At}
		}
		f.step(l.At, address, s, turned, when)
	}
	for address := range f.known {
		if _, listed := now[address]; !listed {
			f.step(l.At, address, absent, turned, when)
		}
	}
	var events []Event
	for _, t := range turns {
		list := turned[t.kind]
		if len(list) == 0 {
			continue
		}
		slices.SortFunc(list, admin.CompareAddresses)
		text := fmt.Sprintf("%d %s: %s", len(list), t.text, render.Some(list))
		if t.kind == Faulty && len(list) > 1 && 5*len(list) >= l.Verdict.Members() {
			text += "; so many together may be a split whose other side cannot be reached from here"
		}
		events = append(events, About(when[t.kind], t.kind, list, text))
	}
	return append(events, f.accounts(l)...)
}

// step records how a member stands, and adds it to those that turned if that is how it
// stood at the last look, too.
func (f *members) step(at time.Time, address wire.Address, s standing, turned map[Kind][]wire.Address, when map[Kind]time.Time) {
	m := f.known[address]
	if m.now != s {
		m.now, m.from = s, at
		f.known[address] = m
		return
	}
	if m.told != s {
		kind := turn(m.told, s)
		turned[kind] = append(turned[kind], address)
		if first, ok := when[kind]; !ok || m.from.Before(first) {
			when[kind] = m.from
		}
		m.told = s
	}
	f.known[address] = m
	if s == absent {
		delete(f.known, address)
	}
}

// accounts returns events for members that restarted or changed their labels, by what
// they say of themselves.
func (f *members) accounts(l Look) []Event {
	var restarted, labeled []wire.Address
	change := ""
	for i := range l.Cluster.Nodes {
		n := &l.Cluster.Nodes[i]
		m, known := f.known[n.Address]
		if n.Err != nil || !known {
			continue
		}
		pid := n.Stats.Process.PID
		if m.pid != 0 && pid != 0 && pid != m.pid {
			restarted = append(restarted, n.Address)
		}
		m.pid = pid
		labels := ownLabels(n)
		if m.labeled && !maps.Equal(m.labels, labels) {
			labeled = append(labeled, n.Address)
			change = difference(m.labels, labels)
		}
		m.labels, m.labeled = labels, true
		f.known[n.Address] = m
	}
	var events []Event
	if len(restarted) > 0 {
		events = append(events, About(l.At, Restarted, restarted, fmt.Sprintf("%d restarted: %s", len(restarted), render.Some(restarted))))
	}
	if len(labeled) == 1 {
		events = append(events, About(l.At, Labels, labeled, fmt.Sprintf("labels of %s: %s", labeled[0], change)))
	} else if len(labeled) > 1 {
		events = append(events, About(l.At, Labels, labeled, fmt.Sprintf("%d changed their labels: %s", len(labeled), render.Some(labeled))))
	}
	return events
}

func ownLabels(n *admin.Node) map[string]string {
	if own := admin.FindMember(n.Stats.Membership.Members, n.Address); own != nil {
		return own.Labels
	}
	return nil
}

// maxLabel is how much of a label is shown.
const maxLabel = 64

// difference returns how labels changed, in words.
func difference(before, now map[string]string) string {
	var words []string
	for _, key := range slices.Sorted(maps.Keys(now)) {
		switch old, had := before[key]; {
		case !had:
			words = append(words, fmt.Sprintf("%s=%s is new", cut(key), cut(now[key])))
		case old != now[key]:
			words = append(words, fmt.Sprintf("%s=%s was %s", cut(key), cut(now[key]), cut(old)))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if _, has := now[key]; !has {
			words = append(words, cut(key)+" is gone")
		}
	}
	return strings.Join(words, ", ")
}

func cut(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if r := []rune(s); len(r) > maxLabel {
		s = string(r[:maxLabel]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
