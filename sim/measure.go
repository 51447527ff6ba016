package sim

import (
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// detection is when a crash was noticed by others, counted from the crash.
type detection struct {
	count       int
	first, last time.Duration
}

// measureChange takes note of who is held faulty when.
func (w *world) measureChange(m *machine, about *condition, c *swim.MemberChange) {
	if about == nil || c.After == nil || c.After.Status != wire.Faulty || c.Before == nil || !c.Before.Status.Pingable() {
		return
	}
	if !about.up {
		w.machines[about.index].noticed(w.now)
		return
	}
	if w.net.blocked(m.index, about.index) != "" || w.net.blocked(about.index, m.index) != "" {
		return
	}
	if subject := w.machines[about.index]; subject.running(w.now) && !subject.left && !subject.doomed {
		w.result.FalsePositives++
		w.slander(subject)
	}
}

// noticed counts one who holds a machine faulty that has crashed.
func (m *machine) noticed(now time.Duration) {
	s := &m.seen
	if s.count == 0 {
		s.first = now - m.fallen
	}
	s.count++
	s.last = now - m.fallen
}

// measureCrash adds up a crash when the node is started again, or at the end.
func (w *world) measureCrash(m *machine) {
	if s := &m.seen; !m.up && s.count > 0 {
		w.result.FirstDetections = append(w.result.FirstDetections, s.first)
		w.result.LastDetections = append(w.result.LastDetections, s.last)
	}
}

// mark takes note of a step as a window of time, for the charts.
func (w *world) mark(s *Step) {
	if !w.opts.Record {
		return
	}
	text := s.String()[len(s.At.String())+1:]
	switch {
	case s.Verb == "mend", s.Verb == "slow" && s.Time == 0, s.Verb == "loss" && s.Rate == 0:
		w.closeWindows()
	case s.Verb == "pause":
		w.result.Windows = append(w.result.Windows, Window{From: w.now, To: w.now + s.Time, What: text})
	case s.Verb == "cut", s.Verb == "one-way", s.Verb == "lag", s.Verb == "slow", s.Verb == "loss":
		w.result.Windows = append(w.result.Windows, Window{From: w.now, To: never, What: text})
	default:
		w.result.Windows = append(w.result.Windows, Window{From: w.now, To: w.now, What: text})
	}
}

// closeWindows ends the windows that have no end yet.
func (w *world) closeWindows() {
	for i := range w.result.Windows {
		if o := &w.result.Windows[i]; o.To == never {
			o.To = w.now
		}
	}
}

// conclude adds up what a run has shown.
func (w *world) conclude() {
	for _, m := range w.machines {
		w.measureCrash(m)
	}
	w.closeWindows()
	w.concludeHealing()
	r := w.result
	r.TraceHash = mix(w.trace.hash, w.steps)
	r.Steps = w.steps
	r.Virtual = w.now
	r.End = w.ending()
}
