package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/ringmend/ringmend/sim"
)

// study is what came of all runs. It holds nothing that depends on the machine:
// the same command has the same study.
type study struct {
	Cells []cell `json:"cells"`
}

// cell is the runs of one shape at one size by one rule set.
type cell struct {
	Shape string  `json:"shape"`
	Nodes int     `json:"nodes"`
	Rules string  `json:"rules"`
	Runs  []trial `json:"runs"`
}

// trial is what came of one run. Times are in seconds.
type trial struct {
	Seed uint64 `json:"seed"`
	Cut  string `json:"cut"` // how it showed to callers
	// Healed is false if the nodes were still apart when the run gave up, after
	// Gave seconds.
	Healed    bool    `json:"healed"`
	Took      float64 `json:"took_seconds"`
	Settled   float64 `json:"settled_seconds"`
	Relapses  int     `json:"relapses"`
	GaveUp    float64 `json:"gave_up_seconds,omitempty"`
	Dials     int     `json:"dials"`
	LateDials float64 `json:"late_dials_per_minute"`
	Late      bool    `json:"late"` // the cut lasted long enough for LateDials
	// Visits and Syncs are in whole memberships.
	Visits    float64 `json:"visits_memberships"`
	Syncs     float64 `json:"syncs_memberships"`
	Harmed    int     `json:"harmed"`
	Slandered int     `json:"slandered"`
	Violation string  `json:"violation,omitempty"`
}

// linger is for how long a run is looked at after the cluster has become one: what
// a cut has kept in the sockets arrives within ten seconds.
const linger = 15 * time.Second

// condense keeps of a run what is studied.
func condense(r *sim.Result) trial {
	out := trial{Seed: r.Script.Seed}
	for i := range r.Script.Steps {
		if s := &r.Script.Steps[i]; s.Verb == "cut" {
			out.Cut = s.How
		}
	}
	if r.Violation != nil {
		out.Violation = r.Violation.Error()
	}
	h := r.Healing
	if h == nil {
		return out
	}
	out.Healed, out.Took, out.Settled, out.Relapses = h.Healed, h.Took.Seconds(), h.Settled.Seconds(), h.Relapses
	if !h.Healed {
		out.GaveUp = (r.Virtual - h.Back).Seconds()
	}
	out.Dials, out.LateDials, out.Late = h.Dials, h.LateDials, h.LateFor > 0
	if h.Membership > 0 {
		out.Visits = float64(h.Visits) / float64(h.Membership)
		out.Syncs = float64(h.Syncs) / float64(h.Membership)
	}
	out.Harmed, out.Slandered = h.Harmed, h.Slandered
	return out
}

// wrong returns the run's violation of an invariant, unless it is that the cluster
// did not become one, which is what is studied.
func (r *trial) wrong() string {
	if r.Healed || r.GaveUp == 0 {
		return r.Violation
	}
	return ""
}

// read adds the cells of an earlier study that this one does not have.
func (s *study) read(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var other study
	if err := json.Unmarshal(text, &other); err != nil {
		return fmt.Errorf("%s is not a study: %w", file, err)
	}
	for _, c := range other.Cells {
		if s.find(c.Shape, c.Nodes, c.Rules) == nil && len(c.Runs) > 0 {
			s.Cells = append(s.Cells, c)
		}
	}
	return nil
}

func (s *study) find(shape string, nodes int, rules string) *cell {
	for i := range s.Cells {
		if c := &s.Cells[i]; c.Shape == shape && c.Nodes == nodes && c.Rules == rules {
			return c
		}
	}
	return nil
}

// runs returns the runs of all cells that are asked for.
func (s *study) runs(wanted func(*cell) bool) []trial {
	var list []trial
	for i := range s.Cells {
		if wanted(&s.Cells[i]) {
			list = append(list, s.Cells[i].Runs...)
		}
	}
	return list
}

// sizes returns the sizes there are, in order.
func (s *study) sizes() []int {
	return distinct(s.Cells, func(c *cell) int { return c.Nodes })
}

// rules returns the rule sets there are, in order.
func (s *study) rules() []string {
	return distinct(s.Cells, func(c *cell) string { return c.Rules })
}

// shapes returns the shapes there are, in the order of the simulator.
func (s *study) shapes() []string {
	there := distinct(s.Cells, func(c *cell) string { return c.Shape })
	return slices.DeleteFunc(shapeNames(), func(name string) bool { return !slices.Contains(there, name) })
}

func distinct[T cmp.Ordered](cells []cell, of func(*cell) T) []T {
	var list []T
	for i := range cells {
		list = append(list, of(&cells[i]))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
