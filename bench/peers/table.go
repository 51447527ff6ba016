package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// tables writes the study as Markdown: the ratios first, then how figures grow.
func (s *study) tables(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured %s on %s; load before each measurement: %s.\n", s.Began.Format("2006-01-02 15:04"), s.Machine, s.loads())
	for _, kind := range []string{together, processes} {
		if sizes := s.sizes(kind); len(sizes) > 0 {
			s.table(&b, kind, sizes)
			s.growth(&b, kind, sizes)
		}
	}
	s.failures(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// table is one row for each figure and size: medians, with the least and the most.
func (s *study) table(b *strings.Builder, kind string, sizes []int) {
	programs := s.programs()
	fmt.Fprintf(b, "\n| %s | nodes |", kind)
	others := slices.DeleteFunc(slices.Clone(programs), func(p string) bool { return p == ours })
	if len(others) == len(programs) {
		others = nil // there is nothing to compare them with
	}
	for _, p := range others {
		fmt.Fprintf(b, " %s / %s |", ours, p)
	}
	for _, p := range programs {
		fmt.Fprintf(b, " %s |", p)
	}
	fmt.Fprintf(b, " floor |\n|---|---|%s\n", strings.Repeat("---|", len(others)+len(programs)+1))
	for _, f := range figures {
		if f.kind != kind {
			continue
		}
		for _, n := range sizes {
			fmt.Fprintf(b, "| %s | %d |", f.text, n)
			for _, p := range others {
				fmt.Fprintf(b, " %s |", s.ratioText(f, n, p))
			}
			for _, p := range programs {
				fmt.Fprintf(b, " %s |", s.spreadText(f, n, p))
			}
			fmt.Fprintf(b, " %s |\n", s.floorText(f, n))
		}
	}
}

func (s *study) ratioText(f figure, n int, other string) string {
	ratio, ok := s.ratio(f, n, other)
	if !ok {
		return "-"
	}
	return number(ratio)
}

// ratio is our median divided by that of another program.
func (s *study) ratio(f figure, n int, other string) (float64, bool) {
	mine, ok := spreadOf(s.values(f, n, ours))
	theirs, ok2 := spreadOf(s.values(f, n, other))
	if !ok || !ok2 || theirs.median == 0 {
		return 0, false
	}
	return mine.median / theirs.median, true
}

func (s *study) spreadText(f figure, n int, program string) string {
	values := s.values(f, n, program)
	spread, ok := spreadOf(values)
	switch {
	case !ok:
		return "-"
	case len(values) == 1:
		return number(spread.median)
	}
	text := fmt.Sprintf("%s (%s to %s)", number(spread.median), number(spread.least), number(spread.most))
	if missing := s.tries(f.kind, n, program) - len(values); missing > 0 {
		text += fmt.Sprintf(", %d failed", missing)
	}
	return text
}

func (s *study) floorText(f figure, n int) string {
	floor, ok := s.Floors.of(f, n)
	if !ok || floor == 0 {
		return ""
	}
	return number(floor)
}

// growth is the table of how figures grow with the number of nodes.
func (s *study) growth(b *strings.Builder, kind string, sizes []int) {
	if len(sizes) < 2 {
		return
	}
	fmt.Fprintf(b, "\n| %s: e of n^e |", kind)
	for _, p := range s.programs() {
		fmt.Fprintf(b, " %s |", p)
	}
	fmt.Fprintf(b, "\n|---|%s\n", strings.Repeat("---|", len(s.programs())))
	for _, f := range figures {
		if f.kind != kind {
			continue
		}
		fmt.Fprintf(b, "| %s |", f.text)
		for _, p := range s.programs() {
			var xs, ys []float64
			for _, n := range sizes {
				if spread, ok := spreadOf(s.values(f, n, p)); ok {
					xs, ys = append(xs, float64(n)), append(ys, spread.median)
				}
			}
			if e, ok := exponent(xs, ys); ok {
				fmt.Fprintf(b, " %.2f |", e)
			} else {
				b.WriteString(" - |")
			}
		}
		b.WriteString("\n")
	}
}

// failures lists what could not be measured.
func (s *study) failures(b *strings.Builder) {
	first := true
	for _, m := range s.Samples {
		if m.Failed == "" {
			continue
		}
		if first {
			b.WriteString("\nNot measured:\n\n")
			first = false
		}
		why, _, _ := strings.Cut(m.Failed, "\n")
		fmt.Fprintf(b, "- %s, %d nodes, %s, run %d: %s\n", m.Program, m.Nodes, m.Kind, m.Run, why)
	}
}

func (s *study) sizes(kind string) (sizes []int) {
	for _, m := range s.Samples {
		if m.Kind == kind && !slices.Contains(sizes, m.Nodes) {
			sizes = append(sizes, m.Nodes)
		}
	}
	slices.Sort(sizes)
	return sizes
}

// programs are those that were measured, in the usual order.
func (s *study) programs() (list []string) {
	for _, p := range programNames {
		if slices.ContainsFunc(s.Samples, func(m sample) bool { return m.Program == p }) {
			list = append(list, p)
		}
	}
	return list
}

func (s *study) values(f figure, n int, program string) (values []float64) {
	for _, m := range s.Samples {
		if v, ok := m.Figures[f.name]; ok && m.Kind == f.kind && m.Nodes == n && m.Program == program {
			values = append(values, v)
		}
	}
	return values
}

// tries is how often something was measured or failed to be.
func (s *study) tries(kind string, n int, program string) (tries int) {
	for _, m := range s.Samples {
		if m.Kind == kind && m.Nodes == n && m.Program == program {
			tries++
		}
	}
	return tries
}

// loads returns the least and the most load.
func (s *study) loads() string {
	least, most := s.Samples[0].Load, s.Samples[0].Load
	for _, m := range s.Samples {
		least, most = min(least, m.Load), max(most, m.Load)
	}
	return fmt.Sprintf("%.2f to %.2f", least, most)
}

// number writes a value with three digits that count.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}
