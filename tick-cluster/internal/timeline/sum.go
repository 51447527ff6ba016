package timeline

import (
	"fmt"
	"strings"
	"time"
)

// maxListed is how many nodes are listed in the end.
const maxListed = 50

// sum writes what was counted, and which nodes were away.
func (t *teller) sum() error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%v, %s", t.last.Sub(t.began).Round(time.Millisecond), count(t.counted.commands, "command"))
	if t.counted.failed > 0 {
		fmt.Fprintf(&b, " (%d failed)", t.counted.failed)
	}
	fmt.Fprintf(&b, ", views changed %s\n", count(t.counted.views, "time"))
	for _, c := range t.commands {
		fmt.Fprintf(&b, "not ended: %s, begun at %+.3fs\n", c.text, c.at.Sub(t.began).Seconds())
	}
	listed, away := 0, 0
	for _, name := range t.order {
		n := t.nodes[name]
		if n.times == 0 {
			continue
		}
		if away++; away <= maxListed {
			listed++
			b.WriteString(t.wasAway(name, n))
		}
	}
	if away > listed {
		fmt.Fprintf(&b, "and %d more\n", away-listed)
	}
	if t.counted.unknown > 0 {
		fmt.Fprintf(&b, "%s not shown, of kinds that this tick-cluster does not know\n", count(t.counted.unknown, "line"))
	}
	_, err := t.w.Write([]byte(b.String()))
	return err
}

// count writes a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func (t *teller) wasAway(name string, n *node) string {
	times := count(n.times, "time")
	if n.state == running {
		return fmt.Sprintf("%s was down or suspended %s, for %v\n", name, times, n.away.Round(time.Millisecond))
	}
	away := n.away + t.last.Sub(n.since)
	return fmt.Sprintf("%s was down or suspended %s, for %v, and is %s in the end\n", name, times, away.Round(time.Millisecond), n.state)
}
