package render

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/whatif"
	"github.com/ringmend/ringmend/node/wire"
)

// Resolvers returns a table of what resolvers think, and below it what needs attention.
func Resolvers(list []admin.Resolver, header bool) string {
	t := table{}
	if header {
		t = append(t, []string{"address", "serves", "state", "for", "own", "other", "epoch", "missed", "written off", "why"})
	}
	for _, r := range list {
		t = append(t, resolverRow(&r))
	}
	text := t.String()
	if unequal := admin.UnequalSettings(list); unequal != nil {
		text += "\nThe settings differ, so that two sides may both serve:\n"
		for _, words := range unequal {
			text += " " + Foreign(words) + "\n"
		}
	}
	return text
}

func resolverRow(r *admin.Resolver) []string {
	if r.Status == nil {
		return []string{string(r.Address), "?", "no answer", "", "", "", "", "", "", Foreign(r.Err.Error())}
	}
	s := r.Status
	if s.State == wire.ResolverOff {
		return []string{string(r.Address), "yes", s.State}
	}
	serves := "yes"
	if s.Refuses != "" {
		serves = "no: " + Foreign(s.Refuses)
	}
	state := Foreign(s.State)
	if s.Settings.Policy == "observe" {
		state += " (observes)"
	}
	why := Foreign(s.Why)
	if s.DecidesIn != nil {
		verdict := "would lose"
		if s.Now.Keep {
			verdict = "would be kept"
		}
		why = fmt.Sprintf("decides in %v, %s: %s", seconds(*s.DecidesIn), verdict, Foreign(s.Now.Reason))
	}
	return []string{
		string(r.Address), serves, state, seconds(s.For).String(), strconv.Itoa(s.Now.Own), strconv.Itoa(s.Now.Other),
		strconv.FormatUint(s.Epoch, 10), strconv.Itoa(len(s.Missed)), strconv.Itoa(len(s.WrittenOff)), why,
	}
}

func seconds(millis int64) time.Duration { return Millis(millis).Round(time.Second) }

// Millis returns for how long a node says that something has lasted. What makes no sense is
// taken for the nearest that does, from 0 to a hundred years.
func Millis(millis int64) time.Duration {
	const longest = int64(100 * 365 * 24 * time.Hour / time.Millisecond)
	return time.Duration(min(max(millis, 0), longest)) * time.Millisecond
}

// WhatIf returns what would become of the parts of a cluster.
func WhatIf(list []whatif.Outcome) string {
	t := table{{"part", "decision", "own", "other", "reason"}}
	for _, w := range list {
		decision := "lost"
		if w.Verdict.Keep {
			decision = "kept"
			if w.Verdict.Minority {
				decision = "asks for the lease later"
			}
		}
		names := make([]string, len(w.Part))
		for i, a := range w.Part {
			names[i] = string(a)
		}
		t = append(t, []string{strings.Join(names, ","), decision, strconv.Itoa(w.Verdict.Own), strconv.Itoa(w.Verdict.Other), Foreign(w.Verdict.Reason)})
	}
	return t.String()
}

// ResolversJSON is the JSON form of [Resolvers].
type ResolversJSON struct {
	Nodes []ResolverJSON `json:"nodes"`
	// Unequal are the settings that differ, in words; empty: they do not.
	Unequal []string `json:"unequal"`
}

// ResolverJSON is one node.
type ResolverJSON struct {
	Address wire.Address        `json:"address"`
	Status  *wire.ResolveStatus `json:"status,omitempty"`
	Error   string              `json:"error,omitempty"`
}

// NewResolversJSON returns the JSON form of what resolvers think.
func NewResolversJSON(list []admin.Resolver) ResolversJSON {
	view := ResolversJSON{Nodes: []ResolverJSON{}, Unequal: []string{}}
	for _, r := range list {
		node := ResolverJSON{Address: r.Address, Status: r.Status}
		if r.Err != nil {
			node.Error = Foreign(r.Err.Error())
		}
		view.Nodes = append(view.Nodes, node)
	}
	for _, words := range admin.UnequalSettings(list) {
		view.Unequal = append(view.Unequal, Foreign(words))
	}
	return view
}

// WhatIfJSON is the JSON form of what would become of one part.
type WhatIfJSON struct {
	Part  []wire.Address `json:"part"`
	Keep  bool           `json:"keep"`
	Later bool           `json:"asksLater"` // for the lease
	Own   int            `json:"own"`
	Other int            `json:"other"`
	Why   string         `json:"reason"`
}

// NewWhatIfJSON returns the JSON form of what would become of parts.
func NewWhatIfJSON(list []whatif.Outcome) []WhatIfJSON {
	view := []WhatIfJSON{}
	for _, w := range list {
		view = append(view, WhatIfJSON{w.Part, w.Verdict.Keep, w.Verdict.Minority, w.Verdict.Own, w.Verdict.Other, Foreign(w.Verdict.Reason)})
	}
	return view
}
