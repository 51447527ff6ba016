package report

import (
	"fmt"
	"time"
)

// Done says in one line what was done on how many nodes, and lists those on
// which it failed.
func Done(what string, answers []Answer[struct{}], absent []Absent, took time.Duration) (line, failures string) {
	ok := 0
	for _, a := range answers {
		if a.Err == nil {
			ok++
		}
	}
	line = fmt.Sprintf("%s on %d of %d nodes in %v", what, ok, len(answers)+len(absent), took.Round(time.Millisecond))
	return line, Missing(answers, absent)
}
