package report

import (
	"fmt"
	"html"
	"html/template"
	"maps"
	"slices"

	"github.com/ringmend/ringmend/lab/result"
)

// span is a part of a lane.
type span struct {
	from, to    float64
	class, text string
}

// lane is a line of the chart of states.
type lane struct {
	name  string
	spans []span
	// marks are moments: new terms, changed checksums.
	marks []span
}

const laneHeight = 24.0

// lanesChart shows what each node said of itself, and what all said together.
func lanesChart(a *axis, r *result.Run) template.HTML {
	lanes := nodeLanes(a, r)
	if l, any := together(a, r.Events); any {
		lanes = append(lanes, l...)
	}
	height := top + bottom + laneHeight*float64(len(lanes))
	p := a.begin(height, "states of the nodes over time")
	for i, l := range lanes {
		y := top + laneHeight*float64(i)
		fmt.Fprintf(&p.b, `<text x="%g" y="%.1f" text-anchor="end">%s</text>`, left-6, y+16, html.EscapeString(l.name))
		for _, s := range l.spans {
			fmt.Fprintf(&p.b, `<rect class="%s" x="%.1f" width="%.1f" y="%.1f" height="%g" rx="2"><title>%s, %.1f to %.1f s: %s</title></rect>`,
				s.class, a.x(s.from), max(1, a.x(s.to)-a.x(s.from)), y+4, laneHeight-8, html.EscapeString(l.name), s.from, s.to, html.EscapeString(s.text))
		}
		for j, m := range l.marks {
			if j == maxMarks {
				break
			}
			x := a.x(m.from)
			fmt.Fprintf(&p.b, `<line class="%s" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"><title>%s, %.1f s: %s</title></line>`,
				m.class, x, x, y+2, y+laneHeight-2, html.EscapeString(l.name), m.from, html.EscapeString(m.text))
		}
	}
	return p.done()
}

// nodeState is what is known of a node while events are read.
type nodeState struct {
	down, leads, none bool
	term              uint64
	resolver          string
	bad               map[int]string // members that are not alive
}

func (s *nodeState) class() (class, text string) {
	text = "answers"
	class = "up"
	switch {
	case s.down:
		return "down", "does not answer"
	case s.resolver != "" && s.resolver != "serving":
		return "fenced", "may not serve: " + s.resolver
	case s.leads:
		return "leads", fmt.Sprintf("leads, term %d", s.term)
	case s.none:
		return "leaderless", fmt.Sprintf("knows no leader, term %d", s.term)
	}
	if s.term > 0 {
		text = fmt.Sprintf("follows, term %d", s.term)
	}
	for _, member := range slices.Sorted(maps.Keys(s.bad)) {
		status := s.bad[member]
		text += fmt.Sprintf(", holds node %d %s", member, status)
		if status == "faulty" || class != "faulty" {
			class = status
		}
	}
	return class, text
}

func nodeLanes(a *axis, r *result.Run) []lane {
	lanes := make([]lane, r.Config.Nodes)
	states := make([]nodeState, r.Config.Nodes)
	since := make([]float64, r.Config.Nodes)
	classes := make([]string, r.Config.Nodes)
	texts := make([]string, r.Config.Nodes)
	for i := range lanes {
		lanes[i].name = fmt.Sprintf("node %d", i+1)
		states[i].bad = map[int]string{}
		classes[i], texts[i] = states[i].class()
	}
	for _, e := range r.Events {
		i := e.Node - 1
		if i < 0 || i >= len(lanes) {
			continue
		}
		s := &states[i]
		switch e.Kind {
		case result.Down:
			s.down = true
		case result.Up:
			s.down = false
		case result.Leader:
			s.leads, s.none = e.About == e.Node, e.About == 0
		case result.Term:
			s.term = e.Value
			lanes[i].marks = append(lanes[i].marks, span{float64(e.At), 0, "term", e.Detail})
		case result.Resolver:
			s.resolver = e.Status
		case result.Member:
			if delete(s.bad, e.About); e.Status == "suspect" || e.Status == "faulty" {
				s.bad[e.About] = e.Status
			}
		default:
			continue
		}
		if class, text := s.class(); class != classes[i] || text != texts[i] {
			lanes[i].add(since[i], float64(e.At), classes[i], texts[i])
			since[i], classes[i], texts[i] = float64(e.At), class, text
		}
	}
	for i := range lanes {
		lanes[i].add(since[i], a.end, classes[i], texts[i])
	}
	return lanes
}

func (l *lane) add(from, to float64, class, text string) {
	if to > from {
		l.spans = append(l.spans, span{from, to, class, text})
	}
}

// together has the lanes of what the nodes say together: whether they agree, and how
// many keys several of them accept.
func together(a *axis, events []result.Event) (lanes []lane, any bool) {
	agree, owners := lane{name: "agree"}, lane{name: "two owners"}
	agreed, keys, agreedAt, keysAt := false, uint64(0), 0.0, 0.0
	for _, e := range events {
		at := float64(e.At)
		switch e.Kind {
		case result.Agree, result.Disagree:
			any = true
			if agreed {
				agree.add(agreedAt, at, "agree", "one checksum, all who run are alive")
			}
			agreed, agreedAt = e.Kind == result.Agree, at
		case result.Owners:
			any = true
			if keys > 0 {
				owners.add(keysAt, at, "faulty", fmt.Sprintf("%d keys are accepted by several nodes", keys))
			}
			keys, keysAt = e.Value, at
		}
	}
	if agreed {
		agree.add(agreedAt, a.end, "agree", "one checksum, all who run are alive")
	}
	if keys > 0 {
		owners.add(keysAt, a.end, "faulty", fmt.Sprintf("%d keys are accepted by several nodes", keys))
	}
	return []lane{agree, owners}, any
}
