package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

// order is what members are sorted by; members that are equal in that, by
// address.
type order uint8

const (
	byAddress order = iota
	byStatus        // the worst first
	byChange        // the last one first

	numOrders
)

// String names the order as the screen does.
func (o order) String() string { return [...]string{"address", "status", "last change"}[o] }

// unknown stands for what a partition does not know.
const unknown = "--"

// members is a choice of members of a model, and of what to show of them. Tab 0
// compares all partitions; the others are one partition each.
type members struct {
	tab    int
	filter string
	order  order
}

// partition returns the partition that the tab shows, or nil for all of them.
func (v *members) partition(m *model) *admin.Partition {
	if v.tab == 0 || v.tab > len(m.partitions) {
		return nil
	}
	return &m.partitions[v.tab-1]
}

// list returns the members that are shown, in order.
func (v *members) list(m *model, now time.Time) []wire.Address {
	list := m.members
	if p := v.partition(m); p != nil {
		list = nil
		for _, member := range p.Members {
			list = append(list, member.Address)
		}
	}
	if v.filter != "" {
		list = slices.DeleteFunc(slices.Clone(list), func(a wire.Address) bool {
			return !strings.Contains(line(v.row(m, now, a)).String(), v.filter)
		})
	}
	switch v.order {
	case byStatus:
		list = slices.Clone(list)
		slices.SortStableFunc(list, func(a, b wire.Address) int { return cmp.Compare(m.held[b].worst(), m.held[a].worst()) })
	case byChange:
		list = slices.Clone(list)
		slices.SortStableFunc(list, func(a, b wire.Address) int { return m.changes[b].at.Compare(m.changes[a].at) })
	}
	return list
}

// header returns the titles of the columns.
func (v *members) header(m *model) []string {
	if v.partition(m) != nil {
		return []string{"Address", "Status", "Inc. No.", "Answers", "Changed", "Incarnated (UTC)", "Labels"}
	}
	header := []string{"Address"}
	for i := range m.partitions {
		header = append(header, partitionName(i))
	}
	return append(header, "Answers", "Changed")
}

func partitionName(i int) string { return fmt.Sprintf("P%d", i+1) }

// row returns the cells for a member, one for each column of the header.
func (v *members) row(m *model, now time.Time, a wire.Address) []span {
	if p := v.partition(m); p != nil {
		return v.rowOfPartition(m, now, a, p.Member(a))
	}
	row := []span{{string(a), plain}}
	for i := range m.partitions {
		row = append(row, statusCell(m.partitions[i].Member(a)))
	}
	return append(row, answersCell(m, a), changedCell(m, now, a))
}

func (v *members) rowOfPartition(m *model, now time.Time, a wire.Address, member *wire.MemberStats) []span {
	number, since, labels := span{unknown, faint}, span{unknown, faint}, span{}
	if member != nil {
		number = span{strconv.FormatInt(member.Incarnation, 10), plain}
		since = span{render.Incarnated(member.Incarnation), plain}
		labels = span{render.Labels(member.Labels), plain}
	}
	return []span{
		{string(a), plain}, statusCell(member), number, answersCell(m, a), changedCell(m, now, a), since, labels,
	}
}

func statusCell(m *wire.MemberStats) span {
	if m == nil {
		return span{unknown, faint}
	}
	return span{m.Status.String(), toneOf(m.Status)}
}

func answersCell(m *model, a wire.Address) span {
	place, answered := m.in[a]
	switch {
	case answered && len(m.partitions) > 1:
		return span{"yes, " + partitionName(place), plain}
	case answered:
		return span{"yes", plain}
	case admin.HeldDown(m.partitions, a):
		return span{"no", faint}
	default:
		return span{"NO", bad}
	}
}

func changedCell(m *model, now time.Time, a wire.Address) span {
	if c, known := m.changes[a]; known {
		return span{ago(now, c.at), plain}
	}
	return span{"", plain}
}

// details returns what is known about one member: what every partition thinks of
// it, as far as there are lines for that.
func details(m *model, now time.Time, a wire.Address, height int) []line {
	if a == "" {
		return nil
	}
	answers := "answers"
	if reason, failed := m.failed[a]; failed {
		answers = "does not answer: " + reason
	}
	head := line{{" " + string(a), strong}, {"  " + answers, plain}}
	if c, known := m.changes[a]; known {
		head = append(head, span{fmt.Sprintf("  %s at %s (%s)", c.text, c.at.Format(time.TimeOnly), ago(now, c.at)), plain})
	}
	lines := []line{head}
	for i := range m.partitions {
		if len(lines) == height-1 && len(m.partitions)-i > 1 {
			return append(lines, line{{fmt.Sprintf(" and %d more partitions", len(m.partitions)-i), faint}})
		}
		lines = append(lines, opinion(partitionName(i), m.partitions[i].Member(a)))
	}
	return lines
}

func opinion(name string, member *wire.MemberStats) line {
	if member == nil {
		return line{{fmt.Sprintf(" %-4s ", name), plain}, {"does not know it", faint}}
	}
	return line{
		{fmt.Sprintf(" %-4s ", name), plain},
		{fmt.Sprintf("%-9s", member.Status), toneOf(member.Status)},
		{fmt.Sprintf("  %d  %s  %s", member.Incarnation, render.Incarnated(member.Incarnation), render.Labels(member.Labels)), plain},
	}
}

// tabs returns the line of tabs. The chosen one is in brackets.
func (v *members) tabs(m *model, shown int) line {
	tab := func(i int, text string) span {
		if i == v.tab {
			return span{"[" + text + "]", chosen}
		}
		return span{" " + text + " ", plain}
	}
	tabs := line{{" ", plain}, tab(0, "All")}
	// Only so many have a key.
	for i := range m.partitions[:min(len(m.partitions), 9)] {
		tabs = append(tabs, tab(i+1, partitionName(i)))
	}
	if more := len(m.partitions) - 9; more > 0 {
		tabs = append(tabs, span{fmt.Sprintf(" and %d more ", more), faint})
	}
	text := fmt.Sprintf("   %d of %d members%s, by %v", shown, len(m.members), v.notAlive(m), v.order)
	if v.filter != "" {
		text += fmt.Sprintf(", with %q", v.filter)
	}
	return append(tabs, span{text, faint})
}

// notAlive returns how many members are suspect and how many faulty, where that
// has one answer: in one partition.
func (v *members) notAlive(m *model) string {
	p := v.partition(m)
	if p == nil && len(m.partitions) == 1 {
		p = &m.partitions[0]
	}
	text := ""
	if p != nil {
		for _, s := range []wire.Status{wire.Suspect, wire.Faulty} {
			if n := p.Count(s); n > 0 {
				text += fmt.Sprintf(", %d %v", n, s)
			}
		}
	}
	return text
}
