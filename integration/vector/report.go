package vector

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteTable prints a row for each vector with its outcome at each size, the
// reasons of what did not pass, and the sums.
func WriteTable(w io.Writer, results []*Result) error {
	b := bufio.NewWriter(w)
	writeRows(b, results)
	writeReasons(b, results)
	writeSums(b, results)
	return b.Flush()
}

// cells are the outcomes as the table shows them.
var cells = map[Outcome]string{Pass: "pass", Fail: "FAIL", KnownFail: "known", Fixed: "FIXED", Skipped: "skip"}

func writeRows(w io.Writer, results []*Result) {
	var sizes []int
	width := len("vector")
	rows := map[string]map[int]*Result{}
	var order []string
	for _, r := range results {
		name := r.Vector.Name
		if rows[name] == nil {
			rows[name] = map[int]*Result{}
			order = append(order, name)
			width = max(width, len(name))
		}
		rows[name][r.Size] = r
		if !slices.Contains(sizes, r.Size) {
			sizes = append(sizes, r.Size)
		}
	}
	slices.Sort(sizes)
	line := func(first string, cell func(size int) string) {
		text := fmt.Sprintf("%-*s", width, first)
		for _, size := range sizes {
			text += fmt.Sprintf(" %5s", cell(size))
		}
		fmt.Fprintln(w, strings.TrimRight(text, " "))
	}
	line("vector", func(size int) string { return fmt.Sprint(size) })
	for _, name := range order {
		line(name, func(size int) string {
			if r := rows[name][size]; r != nil {
				return cells[r.Outcome]
			}
			return "-"
		})
	}
}

// writeReasons explains what did not pass, the worst last, where it is seen.
func writeReasons(w io.Writer, results []*Result) {
	for _, outcome := range []Outcome{Skipped, KnownFail, Fixed} {
		writeGroups(w, results, outcome)
	}
	for _, r := range results {
		if r.Outcome != Fail {
			continue
		}
		fmt.Fprintf(w, "\n%s %s n=%d: %s\n", cells[r.Outcome], r.Vector.Name, r.Size, r.Reason)
		fmt.Fprintf(w, "  rule: %s (%s)\n", r.Vector.About, r.Vector.Source)
		for line := range strings.Lines(excerpt(r.Output, 12)) {
			fmt.Fprintf(w, "%.200s\n", strings.TrimRight("  | "+line, " \n"))
		}
	}
}

// writeGroups prints the results of one outcome by their reasons: what is known
// has few reasons for many vectors.
func writeGroups(w io.Writer, results []*Result, outcome Outcome) {
	var reasons []string
	vectors := map[string][]string{}
	for _, r := range results {
		if r.Outcome != outcome {
			continue
		}
		if !slices.Contains(reasons, r.Reason) {
			reasons = append(reasons, r.Reason)
		}
		if !slices.Contains(vectors[r.Reason], r.Vector.Name) {
			vectors[r.Reason] = append(vectors[r.Reason], r.Vector.Name)
		}
	}
	for _, reason := range reasons {
		fmt.Fprintf(w, "\n%s: %s\n  %s\n", cells[outcome], reason, strings.Join(vectors[reason], ", "))
	}
}

// excerpt returns n lines of what a program printed: those from where it says
// why it crashed, or the last ones.
func excerpt(text string, n int) string {
	if i := strings.Index(text, "panic: "); i >= 0 {
		lines := strings.SplitN(text[i:], "\n", n+1)
		return strings.Join(lines[:min(n, len(lines))], "\n")
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func count(results []*Result, outcome Outcome) int {
	n := 0
	for _, r := range results {
		if r.Outcome == outcome {
			n++
		}
	}
	return n
}

func writeSums(w io.Writer, results []*Result) {
	fmt.Fprintf(w, "\n%d runs: %d passed, %d failed", len(results), count(results, Pass), count(results, Fail))
	for _, o := range []Outcome{KnownFail, Fixed, Skipped} {
		if n := count(results, o); n > 0 {
			fmt.Fprintf(w, ", %d %s", n, o)
		}
	}
	fmt.Fprintln(w)
}

// jsonResult is a result as WriteJSON writes it.
type jsonResult struct {
	Vector  string  `json:"vector"`
	Area    string  `json:"area"`
	Size    int     `json:"size"`
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason,omitempty"`
	Detail  string  `json:"detail,omitempty"`
	Seconds float64 `json:"seconds"`
	Output  string  `json:"output,omitempty"`
}

// WriteJSON writes a list of results.
func WriteJSON(w io.Writer, results []*Result) error {
	list := make([]jsonResult, len(results))
	for i, r := range results {
		list[i] = jsonResult{r.Vector.Name, r.Vector.Area, r.Size, r.Outcome, r.Reason, r.Detail, r.Took.Seconds(), r.Output}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(list)
}
