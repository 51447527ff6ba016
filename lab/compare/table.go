package compare

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
)

// Name is what a group is called in a table, beside its fault.
func (g *Group) Name() string {
	name := g.System
	if g.Setting != "" {
		name += " (" + g.Setting + ")"
	}
	return name
}

// title is what the groups that are compared with each other have in common.
func (g *Group) title() string {
	return fmt.Sprintf("%s, %d nodes, %s", g.Fault, g.Nodes, g.Topology)
}

// WriteTable writes a table for each fault, with a column for each system and the ratio
// of each to the first. It is Markdown, and can be read as it is.
func WriteTable(w io.Writer, groups []*Group) error {
	for _, list := range faultsOf(groups) {
		writeOne(w, list)
	}
	_, err := io.WriteString(w, "Each value is the median of the runs, and in brackets the least and the most; ratio is to the first system.\n")
	return err
}

func writeOne(w io.Writer, groups []*Group) {
	fmt.Fprintf(w, "### %s\n\n|  |", groups[0].title())
	for i, g := range groups {
		fmt.Fprintf(w, " %s |", g.Name())
		if i > 0 {
			fmt.Fprint(w, " ratio |")
		}
	}
	fmt.Fprintf(w, "\n|---|%s\n| runs |", strings.Repeat("---|", 2*len(groups)-1))
	for i, g := range groups {
		fmt.Fprintf(w, " %s |", g.verdicts())
		if i > 0 {
			fmt.Fprint(w, "  |")
		}
	}
	fmt.Fprintln(w)
	for _, m := range Metrics {
		if !slices.ContainsFunc(groups, func(g *Group) bool { _, has := g.Value(m.Name); return has }) {
			continue
		}
		fmt.Fprintf(w, "| %s |", strings.TrimSpace(m.Name+" "+unit(m.Unit)))
		first, _ := groups[0].Value(m.Name)
		for i, g := range groups {
			v, has := g.Value(m.Name)
			fmt.Fprintf(w, " %s |", text(v, has))
			if i > 0 {
				fmt.Fprintf(w, " %s |", ratio(v, first))
			}
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
}

func unit(u string) string {
	if u == "" {
		return ""
	}
	return "(" + u + ")"
}

func (g *Group) verdicts() string {
	var words []string
	for _, verdict := range slices.Sorted(maps.Keys(g.Verdicts)) {
		words = append(words, fmt.Sprintf("%d %s", g.Verdicts[verdict], verdict))
	}
	text := strings.Join(words, ", ")
	for _, name := range slices.Sorted(maps.Keys(g.Violated)) {
		text += fmt.Sprintf("; violated in %d: %s", g.Violated[name], name)
	}
	return text
}

func text(v Value, has bool) string {
	switch {
	case !has:
		return ""
	case len(v.All) == 0:
		return "never"
	}
	s := short(v.Median)
	if v.Min != v.Max {
		s += fmt.Sprintf(" (%s–%s)", short(v.Min), short(v.Max))
	}
	if v.Missing > 0 {
		s += fmt.Sprintf(", never in %d", v.Missing)
	}
	return s
}

func ratio(v, first Value) string {
	if len(v.All) == 0 || len(first.All) == 0 || first.Median == 0 {
		return ""
	}
	return short(v.Median / first.Median)
}

func short(v float64) string {
	switch {
	case v == math.Trunc(v), v >= 1000:
		return fmt.Sprintf("%.0f", v)
	case v >= 100:
		return fmt.Sprintf("%.4g", v)
	}
	return fmt.Sprintf("%.3g", v)
}
