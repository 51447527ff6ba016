package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/node/wire"
)

// members is a choice of members of a model, and of what to show of them. Tab 0
// compares all sides; the others are one side each.
type members struct {
	tab    int
	filter string
	sort   sorting
	wide   bool // all columns, even if they do not fit
}

// side returns the number of the side that the tab shows.
func (v *members) side(m *model) (i int, one bool) {
	return v.tab - 1, v.tab > 0 && v.tab <= len(m.sides)
}

// list returns the members that are shown in columns, in order.
func (v *members) list(m *model, columns []column) []wire.Address {
	list := slices.Clone(m.members)
	if v.filter != "" {
		list = slices.DeleteFunc(list, func(a wire.Address) bool {
			return !strings.Contains(row(columns, a).String(), v.filter)
		})
	}
	v.sort.apply(list, m, columns)
	return list
}

// tabs returns the line of tabs, with what is shown at its end. The chosen tab is in
// brackets.
func (v *members) tabs(m *model, w *window, width int) line {
	tab := func(i int, text string) span {
		if i == v.tab {
			return span{"[" + text + "]", chosen}
		}
		return span{" " + text + " ", plain}
	}
	shown := span{"   " + v.shown(m, w), faint}
	tabs := line{{" ", plain}, tab(0, "All")}
	room := width - line{shown}.width()
	for i := range m.sides {
		// Only nine sides have a key.
		if next := append(tabs, tab(i+1, sideName(i))); i < 9 && next.width() < room {
			tabs = next
			continue
		}
		tabs = append(tabs, span{"…", faint})
		break
	}
	return append(tabs, shown)
}

// shown returns which members are in view.
func (v *members) shown(m *model, w *window) string {
	text := w.String()
	if v.filter != "" {
		text += fmt.Sprintf(" with %q, of %d", v.filter, len(m.members))
	}
	return fmt.Sprintf("%s members, by %v", text, &v.sort)
}
