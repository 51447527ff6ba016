package tui

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

// details returns what is known about one member: what the nodes of every side
// think of it, as far as there are lines for that.
func details(m *model, now time.Time, a wire.Address, height int) []line {
	if a == "" {
		return nil
	}
	answers := "was not asked"
	if reason, failed := m.failed[a]; failed {
		answers = "does not answer: " + reason
	} else if m.answered[a] {
		answers = "answers"
	}
	head := line{{" " + string(a), strong}, {"  " + answers, plain}}
	if m.isEvicted(a) {
		head = append(head, span{"  evicted", bad})
	}
	if c, known := m.changes[a]; known {
		head = append(head, span{fmt.Sprintf("  %s at %s (%s)", c.text, c.at.Format(time.TimeOnly), ago(now, c.at)), plain})
	}
	lines := []line{head}
	for i := range m.sides {
		name := sideName(i)
		for _, t := range thoughtsOf(&m.sides[i], a) {
			lines = append(lines, t.line(name, m.naming))
			name = ""
		}
	}
	if n := len(lines) - height; n > 0 {
		return append(lines[:height-1], line{{fmt.Sprintf(" and %d more opinions", n+1), faint}})
	}
	return lines
}

// thought is what some nodes of a side think of a member.
type thought struct {
	member *wire.Member // nil when they do not know it
	nodes  []wire.Address
}

// thoughtsOf returns what the nodes of a side think of a member, that of most of
// them first.
func thoughtsOf(side *admin.Side, a wire.Address) []thought {
	var thoughts []thought
	for i := range side.Views {
		member, nodes := side.Views[i].Member(a), side.Views[i].Nodes
		same := slices.IndexFunc(thoughts, func(t thought) bool {
			return t.member == member || t.member != nil && member != nil &&
				t.member.Status == member.Status && t.member.Incarnation == member.Incarnation
		})
		if same < 0 {
			thoughts = append(thoughts, thought{member, slices.Clone(nodes)})
		} else {
			thoughts[same].nodes = append(thoughts[same].nodes, nodes...)
		}
	}
	for i := range thoughts {
		slices.SortFunc(thoughts[i].nodes, admin.CompareAddresses)
	}
	slices.SortStableFunc(thoughts, func(a, b thought) int { return cmp.Compare(len(b.nodes), len(a.nodes)) })
	return thoughts
}

// line returns the thought after a name, and whose it is.
func (t *thought) line(name string, n naming) line {
	l := line{{fmt.Sprintf(" %-4s ", name), plain}}
	whose := span{n.names(t.nodes, maxWhose), plain}
	if t.member == nil {
		return append(append(l, line{{unknown, faint}}.fit(len("tombstone  "))...), whose)
	}
	l = append(l, line{{t.member.Status.String(), toneOf(t.member.Status)}}.fit(len("tombstone  "))...)
	l = append(l, line{whose}.fit(maxWhose+2)...)
	return append(l, span{fmt.Sprintf("%d  %s  %s",
		t.member.Incarnation, render.Incarnated(t.member.Incarnation), render.Labels(t.member.Labels)), plain})
}

// maxWhose is the maximum width of the names of the nodes that hold an opinion.
const maxWhose = 22
