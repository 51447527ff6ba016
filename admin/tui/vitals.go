package tui

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

// vitals are what a node said about its process in the last look.
type vitals struct {
	admin.Vitals
	version string // fit to be printed
}

// briefing is what a node last told of itself, and when.
type briefing struct {
	at    time.Time
	brief *wire.Brief // nil: it does not tell
}

// noteVitals records what the nodes say about their processes.
func (m *model) noteVitals(c *admin.Cluster) {
	m.vitalsOf = make(map[wire.Address]vitals, len(c.Nodes))
	m.vital = false
	labels := make(map[wire.Address]string)
	for _, n := range c.Nodes {
		if n.Err != nil {
			continue
		}
		v := admin.VitalsOf(n.Stats)
		m.vitalsOf[n.Address] = vitals{v, render.Foreign(v.Version)}
		m.vital = m.vital || v.Version != ""
		if own := admin.FindMember(n.Stats.Membership.Members, n.Address); own != nil && len(own.Labels) > 0 {
			labels[n.Address] = render.Labels(ofApplication(own.Labels))
		}
	}
	m.labelsOf = labels
	maps.DeleteFunc(m.briefs, func(a wire.Address, _ briefing) bool { return !m.answered[a] })
}

// ofApplication returns the labels that are not Ringpop's own, nor ours.
func ofApplication(labels map[string]string) map[string]string {
	labels = maps.Clone(labels)
	maps.DeleteFunc(labels, func(key, _ string) bool { return strings.HasPrefix(key, "__") })
	return labels
}

// told records what nodes told of themselves.
func (m *model) told(at time.Time, list []admin.Briefing) {
	if m.briefs == nil {
		m.briefs = map[wire.Address]briefing{}
	}
	for _, b := range list {
		m.briefs[b.Address] = briefing{at, b.Brief}
		m.briefed = m.briefed || b.Brief != nil
	}
}

// toBrief returns up to most nodes to be asked next: those first, and then those whose last
// answer is oldest. Only nodes that answered the last look are asked.
func (m *model) toBrief(first []wire.Address, most int) []wire.Address {
	var nodes []wire.Address
	chosen := map[wire.Address]bool{}
	add := func(list []wire.Address) {
		for _, a := range list {
			if len(nodes) < most && m.answered[a] && !chosen[a] {
				chosen[a] = true
				nodes = append(nodes, a)
			}
		}
	}
	add(first)
	oldest := slices.Clone(m.members)
	slices.SortStableFunc(oldest, func(a, b wire.Address) int { return m.briefs[a].at.Compare(m.briefs[b].at) })
	add(oldest)
	return nodes
}

// state returns whether a node serves, and what its resolver thinks.
func (m *model) state(now time.Time, a wire.Address) line {
	b, asked := m.briefs[a]
	switch {
	case m.isEvicted(a):
		r, _ := m.evictions.Get(a)
		return line{{"evicted", bad}, {" " + short(max(0, now.Sub(time.UnixMilli(r.Version)))), plain}}
	case !asked:
		return nil
	case b.brief == nil:
		return line{{unknown, faint}}
	case m.standings[a] == left:
		return line{{"left", faint}}
	}
	word, tone := stateOf(b.brief)
	if word == "serving" {
		return line{{word, tone}}
	}
	return line{{word, tone}, {" " + short(b.sinceThen(now, b.brief.ResolverFor)), plain}}
}

// isEvicted reports whether an operator has put a member out of the rings.
func (m *model) isEvicted(a wire.Address) bool { return m.evictions != nil && m.evictions.Evicted(a) }

// sinceThen returns how long something has lasted that had lasted so long at the briefing.
func (b *briefing) sinceThen(now time.Time, millis int64) time.Duration {
	return render.Millis(millis) + now.Sub(b.at)
}

// stateOf returns the state of a node in a word.
func stateOf(b *wire.Brief) (word string, tone tone) {
	switch {
	case b.Refuses != "":
		return render.Foreign(b.Refuses), bad
	case b.Resolver == "uncertain" || b.Resolver == "lost":
		return b.Resolver, warning
	default:
		return "serving", good
	}
}

// stateKey sorts those first that do not serve.
func (m *model) stateKey(a wire.Address) key {
	b := m.briefs[a]
	switch {
	case m.isEvicted(a):
		return key{number: -float64(bad), text: "evicted"}
	case b.brief == nil:
		return key{missing: true}
	case m.standings[a] == left:
		return key{text: "left"}
	}
	word, tone := stateOf(b.brief)
	return key{number: -float64(tone), text: word}
}

// healing returns whether a node suspects a split.
func (m *model) healing(now time.Time, a wire.Address) line {
	b, asked := m.briefs[a]
	switch {
	case !asked:
		return nil
	case b.brief == nil:
		return line{{unknown, faint}}
	case b.brief.Split:
		return line{{"split", bad}, {" " + short(b.sinceThen(now, b.brief.SplitFor)), plain}}
	}
	return line{{"whole", good}}
}

func (m *model) healingKey(a wire.Address) key {
	b := m.briefs[a]
	switch {
	case b.brief == nil:
		return key{missing: true}
	case b.brief.Split:
		return key{number: -1}
	}
	return key{}
}

// vitals returns a column of what nodes say about their processes: a text, and a number to
// sort by.
func (m *model) vitals(title string, width int, of func(*vitals) (string, float64)) column {
	return column{title, width, func(a wire.Address) line {
		v, known := m.vitalsOf[a]
		if !known {
			return nil
		}
		text, _ := of(&v)
		return line{{cmp.Or(text, unknown), plain}}
	}, func(a wire.Address) key {
		v, known := m.vitalsOf[a]
		if !known {
			return key{missing: true}
		}
		text, number := of(&v)
		if number != 0 {
			text = ""
		}
		return key{number: number, text: text}
	}}
}

// short returns a duration in at most six characters: the two largest units.
func short(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d < time.Hour:
		return d.String()
	case d < 24*time.Hour:
		return twoUnits(d, time.Hour, "h", time.Minute, "m")
	default:
		return twoUnits(d, 24*time.Hour, "d", time.Hour, "h")
	}
}

// twoUnits returns a duration in a large unit and in a small one, if anything is left for it.
func twoUnits(d, large time.Duration, l string, small time.Duration, s string) string {
	text := fmt.Sprintf("%d%s", d/large, l)
	if rest := d % large / small; rest > 0 && d < 100*large {
		text += fmt.Sprintf("%d%s", rest, s)
	}
	return text
}

// fine returns a short duration in few characters; nothing when it is not known.
func fine(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Millisecond:
		return fmt.Sprintf("%dµs", d.Microseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1fms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	default:
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
}
