package compare

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/lab/result"
)

// Group is the runs of one system under one fault.
type Group struct {
	System   string `json:"system"`
	Topology string `json:"topology"`
	Workload string `json:"workload"`
	Fault    string `json:"fault"`
	Nodes    int    `json:"nodes"`
	// Setting is what else tells it from others: how packets are cut, and how is read.
	Setting  string         `json:"setting"`
	Runs     int            `json:"runs"`
	Verdicts map[string]int `json:"verdicts"`
	// Violated is in how many runs each check has found something.
	Violated map[string]int `json:"violated"`
	Values   []Value        `json:"values"`

	runs []*result.Run
}

// Value is a metric of the runs of a group.
type Value struct {
	Metric string    `json:"metric"`
	Unit   string    `json:"unit"`
	Median float64   `json:"median"`
	Min    float64   `json:"min"`
	Max    float64   `json:"max"`
	All    []float64 `json:"all"`
	// Missing is how many runs have none, as when something did not happen.
	Missing int `json:"missing"`
}

// Find returns the runs in directories: each is one of a run, or has such ones in it.
// Runs that were not finished are left out.
func Find(dirs []string) ([]*result.Run, error) {
	var runs []*result.Run
	for _, dir := range dirs {
		if isRun(dir) {
			r, err := result.Load(dir)
			if err != nil {
				return nil, err
			}
			runs = append(runs, r)
			continue
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		found := false
		for _, e := range entries {
			sub := filepath.Join(dir, e.Name())
			if !e.IsDir() || !isRun(sub) {
				continue
			}
			r, err := result.Load(sub)
			if err != nil {
				return nil, err
			}
			runs, found = append(runs, r), true
		}
		if !found {
			return nil, fmt.Errorf("there are no results in %s", dir)
		}
	}
	if len(runs) == 0 {
		return nil, errors.New("no results are named")
	}
	return runs, nil
}

func isRun(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, result.SummaryFile))
	return err == nil
}

// Groups sorts runs into groups, by fault and then by system, in the order in which
// they first appear in the list of faults given.
func Groups(runs []*result.Run, faults []string) []*Group {
	var groups []*Group
	for _, r := range runs {
		c := r.Config
		g := &Group{System: c.System, Topology: c.Topology, Workload: c.Workload, Fault: c.FaultName(), Nodes: c.Nodes, Setting: setting(c), Verdicts: map[string]int{}, Violated: map[string]int{}}
		if i := slices.IndexFunc(groups, g.same); i >= 0 {
			g = groups[i]
		} else {
			groups = append(groups, g)
		}
		g.runs = append(g.runs, r)
		g.Runs++
		g.Verdicts[r.Summary.Verdict]++
		for _, c := range r.Summary.Checks {
			if c.Verdict == result.Violated {
				g.Violated[c.Name]++
			}
		}
	}
	slices.SortStableFunc(groups, func(a, b *Group) int {
		return cmp.Or(strings.Compare(a.Topology, b.Topology), a.Nodes-b.Nodes, order(faults, a.Fault)-order(faults, b.Fault),
			strings.Compare(a.Fault, b.Fault), strings.Compare(a.Setting, b.Setting), strings.Compare(a.System, b.System))
	})
	for _, g := range groups {
		g.measure()
	}
	return groups
}

func order(list []string, fault string) int {
	name, _, _ := strings.Cut(fault, " ")
	if i := slices.Index(list, name); i >= 0 {
		return i
	}
	return len(list)
}

func setting(c *result.Config) string {
	var words []string
	if c.How == "reset" {
		words = append(words, "reset")
	}
	if c.ReadMode == "serializable" {
		words = append(words, "serializable")
	}
	if p := c.Programs["etcd"]; p.Given {
		words = append(words, p.Version)
	}
	if c.Store != result.StoreMem {
		words = append(words, c.Store)
	}
	if resolves := strings.Contains(c.System, "+"); resolves && c.Handover != result.HandoverAuto {
		words = append(words, "handover "+c.Handover)
	}
	return strings.Join(words, " ")
}

func (g *Group) same(o *Group) bool {
	return g.System == o.System && g.Topology == o.Topology && g.Workload == o.Workload && g.Fault == o.Fault && g.Nodes == o.Nodes && g.Setting == o.Setting
}

// measure fills in the values.
func (g *Group) measure() {
	for _, m := range Metrics {
		v := Value{Metric: m.Name, Unit: m.Unit}
		applies := false
		for _, r := range g.runs {
			if !counts(r) {
				continue
			}
			value, has, about := m.of(r.Summary)
			applies = applies || about
			if about && has {
				v.All = append(v.All, value)
			} else if about {
				v.Missing++
			}
		}
		if !applies {
			continue
		}
		if len(v.All) > 0 {
			slices.Sort(v.All)
			v.Min, v.Max, v.Median = v.All[0], v.All[len(v.All)-1], median(v.All)
		}
		g.Values = append(g.Values, v)
	}
}

// counts reports whether a run says something of its system.
func counts(r *result.Run) bool {
	return r.Summary.Verdict != result.Void && r.Summary.Verdict != result.Interrupted
}

// median of sorted values.
func median(list []float64) float64 {
	middle := len(list) / 2
	if len(list)%2 == 0 {
		return (list[middle-1] + list[middle]) / 2
	}
	return list[middle]
}

// Value returns a metric of the group.
func (g *Group) Value(metric string) (Value, bool) {
	i := slices.IndexFunc(g.Values, func(v Value) bool { return v.Metric == metric })
	if i < 0 {
		return Value{}, false
	}
	return g.Values[i], true
}
