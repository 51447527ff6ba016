package walkthrough

import (
	"fmt"
	"strings"
	"testing"
)

// row is a row of ringpop-admin partitions: nodes that agree, and how many members
// they hold alive, suspect and faulty.
type row struct{ nodes, alive, suspect, faulty int }

// The tables of the walk through. All else is on the way from one to the other.
const (
	whole   = "whole"
	split   = "split"
	between = "between"
)

// tables reads what ringpop-admin partitions -w printed. The last table of a
// program that still runs may be half of one, and counts only if all is set.
func tables(text string, all bool) [][]row {
	var list [][]row
	for line := range strings.Lines(text) {
		if strings.Contains(line, "# Nodes") {
			list = append(list, nil)
			continue
		}
		var checksum uint32
		var r row
		var sample string
		n, _ := fmt.Sscan(line, &checksum, &r.nodes, &r.alive, &r.suspect, &r.faulty, &sample)
		if n == 6 && len(list) > 0 {
			list[len(list)-1] = append(list[len(list)-1], r)
		}
	}
	if !all && len(list) > 0 {
		list = list[:len(list)-1]
	}
	return list
}

// kind says which of the document's tables this is, for four nodes.
func kind(table []row) string {
	switch {
	case len(table) == 1 && table[0] == row{4, 4, 0, 0}:
		return whole
	case len(table) == 2 && table[0] == row{2, 2, 0, 2} && table[1] == table[0]:
		return split
	default:
		return between
	}
}

// kinds returns the last table's kind, and how many like it are at the end.
func kinds(list [][]row) (last string, count int) {
	for i := len(list) - 1; i >= 0 && (last == "" || kind(list[i]) == last); i-- {
		last = kind(list[i])
		count++
	}
	return last, count
}

// story is a record in short: each kind once for a number of tables in a row.
func story(list [][]row) string {
	var words []string
	for len(list) > 0 {
		last, count := kinds(list)
		words = append([]string{last}, words...)
		list = list[:len(list)-count]
	}
	return strings.Join(words, " ")
}

func TestARecordIsReadAsItIsPrinted(t *testing.T) {
	const record = ` 10:49:42.101   Checksum     # Nodes   # Alive   # Suspect   # Faulty   Sample Host
                1430791744   4         4         0           0          127.0.0.1:3000
 10:49:43.097   Checksum     # Nodes   # Alive   # Suspect   # Faulty   Sample Host
                3737144052   2         2         2           0          127.0.0.1:3002
                3817476624   2         2         2           0          127.0.0.1:3000
Failed to connect to 1 nodes.
 10:49:48.118   Checksum     # Nodes   # Alive   # Suspect   # Faulty   Sample Host
                744004670    2         2         0           2          127.0.0.1:3000
                3621168476   2         2         0           2          127.0.0.1:3002
`
	if got := story(tables(record, true)); got != "whole between split" {
		t.Errorf("story = %q", got)
	}
	if got := story(tables(record, false)); got != "whole between" {
		t.Errorf("story without the last table = %q", got)
	}
}
