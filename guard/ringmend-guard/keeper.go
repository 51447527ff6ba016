package main

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/guard/explain"
	"github.com/ringmend/ringmend/guard/store"
	"github.com/ringmend/ringmend/guard/timeline"
	"github.com/ringmend/ringmend/guard/watch"
	"github.com/ringmend/ringmend/guard/web"
	"github.com/ringmend/ringmend/node/wire"
)

// keeper takes what a watcher sees and does, and passes it on: to the terminal and the
// log, to the file, to the page and the metrics, and to the hooks.
type keeper struct {
	out     io.Writer // nil: nothing is printed
	log     *slog.Logger
	store   *store.Store // nil: nothing is kept
	web     *web.Server  // nil: nothing is shown
	metrics *web.Metrics
	hooks   *hooks

	follower  timeline.Follower
	explainer *explain.Explainer
	found     map[string]explain.Finding // as last told, by kind and first member
	line      string                     // as last printed
	planned   string

	mu     sync.Mutex
	recent []timeline.Event // when nothing is kept in a file
	broken bool             // the file could not be written to
}

// maxRecent is how many events are remembered without a file.
const maxRecent = web.MaxEvents

// looked passes on what a look showed.
func (k *keeper) looked(s *watch.State) {
	events := k.follower.Looked(timeline.Look{At: s.At, Err: s.Err, Cluster: s.Cluster, Verdict: s.Verdict})
	var findings []explain.Finding
	if s.Err == nil {
		findings = k.explainer.Looked(s.At, s.Cluster, s.Verdict)
		events = append(events, k.news(s.At, findings)...)
	} else {
		for _, name := range slices.Sorted(maps.Keys(k.found)) {
			findings = append(findings, k.found[name])
		}
	}
	if k.metrics != nil {
		k.metrics.Looked(s, findings)
	}
	k.print(s)
	k.happened(events)
	if k.web != nil {
		k.web.Looked(s, findings, k.follower.Split())
	}
}

// acted passes on something that was done.
func (k *keeper) acted(a watch.Action) {
	if k.metrics != nil {
		k.metrics.Acted(a)
	}
	tell := func(kind timeline.Kind, format string, args ...any) {
		k.happened([]timeline.Event{timeline.About(a.At, kind, a.Members, fmt.Sprintf(format, args...))})
	}
	switch {
	case a.What == "rebirth" && len(a.Members) > 0:
		tell(timeline.Rebirth, "the guard told %d to reincarnate, such that nothing believed of them elsewhere can kill them: %s", len(a.Members), render.Some(a.Members))
	case a.What == "accuse" && a.Err == nil:
		tell(timeline.Rebirth, "the guard accused %s anew: it was stuck in suspect", render.Some(a.Members))
	case a.What == "merge":
		tell(timeline.Merge, "%s reaches %s: the guard told the sides of each other", a.Members[0], a.Members[1])
	}
}

// news returns events for findings that are new, and for those that are over.
func (k *keeper) news(at time.Time, findings []explain.Finding) []timeline.Event {
	now := make(map[string]explain.Finding)
	var events []timeline.Event
	for _, f := range findings {
		name := string(f.Kind)
		if f.Kind == explain.Island {
			name += string(f.Members[0])
		}
		now[name] = f
		if _, known := k.found[name]; !known {
			events = append(events, timeline.About(at, timeline.Trouble, f.Members, f.Text))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(k.found)) {
		if _, still := now[name]; !still {
			f := k.found[name]
			e := timeline.About(at, timeline.Solved, f.Members, "over: "+f.Text)
			e.Seconds = at.Sub(f.Since).Seconds()
			events = append(events, e)
		}
	}
	k.found = now
	return events
}

// happened passes events on.
func (k *keeper) happened(events []timeline.Event) {
	if len(events) == 0 {
		return
	}
	for i := range events {
		e := &events[i]
		k.log.Info(e.Text, "event", e.Kind, "count", e.Count)
		if k.out != nil {
			fmt.Fprintf(k.out, "%s   %s\n", e.At.Format(time.TimeOnly), printable(e.Text))
		}
	}
	k.keep(events)
	if k.metrics != nil {
		k.metrics.Happened(events)
	}
	if k.web != nil {
		k.web.Happened(events)
	}
	k.hooks.tell(events)
}

// keep remembers events.
func (k *keeper) keep(events []timeline.Event) {
	if k.store != nil {
		err := k.store.Append(events)
		if err != nil {
			k.log.Error("the history cannot be kept", "error", err)
		} else if k.broken {
			k.log.Info("the history is kept again")
		}
		k.broken = err != nil
		if err == nil {
			return
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.recent = append(k.recent, events...)
	k.recent = k.recent[max(0, len(k.recent)-maxRecent):]
}

// history returns what happened, from the file and from memory.
func (k *keeper) history(since time.Time, most int) ([]timeline.Event, error) {
	k.mu.Lock()
	var events []timeline.Event
	for _, e := range k.recent {
		if !e.At.Before(since) {
			events = append(events, e)
		}
	}
	k.mu.Unlock()
	if k.store != nil {
		kept, err := k.store.Read(since, most)
		if err != nil && len(events) == 0 {
			return nil, err
		}
		events = append(kept, events...)
	}
	return events[max(0, len(events)-most):], nil
}

// print prints how the ring stands, whenever that changes, and what would be done.
func (k *keeper) print(s *watch.State) {
	if k.out == nil {
		return
	}
	line := "" // when no node answers: there is an event for that
	if s.Err == nil {
		line = strings.TrimSpace(render.Whole(s.Verdict))
	}
	if line != "" && line != k.line {
		fmt.Fprintf(k.out, "%s %s\n", s.At.Format(time.TimeOnly), printable(line))
	}
	k.line = line
	planned := planned(s)
	if planned != k.planned && planned != "" {
		fmt.Fprintf(k.out, "%s   %s\n", s.At.Format(time.TimeOnly), printable(planned))
	}
	k.planned = planned
}

// planned says what would be done, if it were allowed.
func planned(s *watch.State) string {
	if s.Mode == watch.Heal || s.Approved || len(s.Pairs) == 0 {
		return ""
	}
	rebirths := make(map[wire.Address]bool)
	merges := 0
	for _, p := range s.Pairs {
		for _, m := range p.Rebirths {
			rebirths[m] = true
		}
		if p.Relation != "strangers" {
			merges++
		}
	}
	if merges == 0 {
		return "the sides do not know each other: nothing would be done"
	}
	text := "would tell the sides of each other as soon as one node reaches one of another side"
	if len(rebirths) > 0 {
		text = fmt.Sprintf("would tell %d members to reincarnate, and then the sides of each other, as soon as one node reaches one of another side", len(rebirths))
	}
	if s.Mode == watch.Ask {
		return text + ". Do it? Type yes, or no"
	}
	return text + " (--mode heal)"
}

// printable escapes a text from outside: it must not move the cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, s)
}

// close ends what a keeper has open.
func (k *keeper) close() error {
	k.hooks.close()
	if k.store == nil {
		return nil
	}
	return k.store.Close()
}
