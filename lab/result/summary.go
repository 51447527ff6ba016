package result

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The verdicts on a run.
const (
	Passed = "passed"
	// Violated runs have a history that the system must not have.
	Violated = "failed"
	// Void runs prove nothing: the fault did nothing, or the system did not work before.
	Void = "void"
	// Undecided runs have a history that was too hard to check in time.
	Undecided   = "undecided"
	Interrupted = "interrupted"
)

// Phase is a part of a run. The phases are before, during and after the fault; a run
// without one has them, too.
type Phase struct {
	Name     string  `json:"name"`
	From     Seconds `json:"from"`
	To       Seconds `json:"to"`
	All      Stats   `json:"all"`
	PerNode  []Stats `json:"perNode"`
	Answered float64 `json:"answered"` // percent
	// Leaders is how often there was a new leader.
	Leaders int `json:"leaders"`
	// Gap is the longest time without a successful operation.
	Gap Seconds `json:"gap"`
}

// Stats are about the operations that were to start in a phase; those that are under way
// when the fault begins belong to it.
type Stats struct {
	Counts     map[Outcome]int `json:"counts"`
	Throughput float64         `json:"throughput"` // successful operations a second
	// Latencies of successful operations in milliseconds, by percentile.
	Latency *Latency `json:"latency"`
}

// Latency is in milliseconds.
type Latency struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99.9"`
	Max  float64 `json:"max"`
	N    int64   `json:"n"`
}

// Membership is what is measured of systems that detect failures.
type Membership struct {
	// FirstDetected and LastDetected are the times from the fault until the first and
	// the last node held another to be suspect or faulty.
	FirstDetected *Seconds `json:"firstDetected"`
	LastDetected  *Seconds `json:"lastDetected"`
	Suspicions    int      `json:"suspicions"`
	Faulty        int      `json:"faulty"`
	// FalsePositives is how often a node held another to be faulty that ran and was not
	// cut from it at that moment.
	FalsePositives int `json:"falsePositives"`
	// Agreed is the time from the mend until all nodes had one checksum and held each
	// other alive for the rest of the run.
	Agreed *Seconds `json:"agreed"`
	// TwoOwners is for how long how many keys were accepted by several nodes, in
	// key-seconds.
	TwoOwners float64 `json:"twoOwnersKeySeconds"`
	// AcceptsByTwo is how many operations were accepted while another node would have
	// accepted them, too.
	AcceptsByTwo int `json:"acceptsByTwo"`
	// Fenced is for how long nodes might not serve, in node-seconds.
	Fenced float64 `json:"fencedNodeSeconds"`
	// Packets is how many packets the nodes have sent each other.
	Packets uint64 `json:"packets"`
}

// Summary is summary.json.
type Summary struct {
	Version  int        `json:"version"`
	Name     string     `json:"name"`
	Verdict  string     `json:"verdict"`
	Why      []string   `json:"why"` // what the verdict is made of
	Evidence []Evidence `json:"evidence"`
	Checks   []Check    `json:"checks"`
	Phases   []Phase    `json:"phases"`
	// GapFromFault and GapFromMend are the longest times without a successful operation
	// that began after the fault, and after the mend.
	GapFromFault Seconds `json:"gapFromFault"`
	GapFromMend  Seconds `json:"gapFromMend"`
	// Recovered is the time from the mend until as much was answered as 95 % of what
	// was before the fault.
	Recovered     *Seconds          `json:"recovered"`
	LeaderChanges int               `json:"leaderChanges"`
	Terms         map[string]uint64 `json:"terms,omitempty"` // the last ones, by node
	Membership    *Membership       `json:"membership,omitempty"`
}

// Check is what became of a check of the history.
type Check struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"` // passed, failed or undecided
	Detail  string `json:"detail"`
	// Where are operations that show what is wrong, the first of them.
	Where []Where `json:"where,omitempty"`
}

// Where is an operation that a system must not have answered as it did.
type Where struct {
	ID   int     `json:"id"` // of the operation
	At   Seconds `json:"at"` // its end
	Text string  `json:"text"`
}

// Window returns when the fault began and ended, as far as the events say so.
func Window(c *Config, events []Event) (from, to Seconds, any bool) {
	from, to = Seconds(c.DurationS/3), Seconds(2*c.DurationS/3)
	ended := false
	for _, e := range events {
		switch e.Kind {
		case FaultBegin:
			from, any = e.At, true
		case FaultEnd:
			to, ended = e.At, true
		}
	}
	if any && !ended {
		to = max(from, Seconds(c.DurationS))
	}
	return from, to, any
}

// Summarize computes what follows from a run, but for checks and verdict.
func Summarize(c *Config, ops []Op, events []Event, evidence []Evidence, packets []LinkCounts) *Summary {
	from, to, _ := Window(c, events)
	end := max(Seconds(c.DurationS), to)
	s := &Summary{Version: FormatVersion, Name: c.Name(), Evidence: evidence}
	if s.Evidence == nil {
		s.Evidence = []Evidence{}
	}
	done := successes(ops)
	for _, p := range []Phase{{Name: "before", To: from}, {Name: "during", From: from, To: to}, {Name: "after", From: to, To: end}} {
		// Faults of the whole run begin and end a moment after the load does.
		if p.To-p.From < end/100 {
			continue
		}
		p.fill(c, ops, from)
		p.Gap = gap(done, p.From, p.To)
		s.Phases = append(s.Phases, p)
	}
	s.GapFromFault, s.GapFromMend = gap(done, from, end), gap(done, to, end)
	s.Recovered = recovered(done, from, to, end)
	s.leaders(events)
	if slices.ContainsFunc(events, func(e Event) bool { return e.Kind == Checksum }) {
		s.Membership = membership(c, ops, events, packets, from, to, end)
	}
	return s
}

// successes returns when successful operations ended, in order.
func successes(ops []Op) []Seconds {
	var at []Seconds
	for i := range ops {
		if ops[i].Outcome == OK {
			at = append(at, ops[i].Ended)
		}
	}
	slices.Sort(at)
	return at
}

// gap returns the longest part of a time in which no operation succeeded.
func gap(done []Seconds, from, to Seconds) (longest Seconds) {
	last := from
	for _, at := range done {
		if at <= from {
			continue
		}
		if at > to {
			break
		}
		longest = max(longest, at-last)
		last = at
	}
	return max(longest, to-last)
}

// recovered returns how long after the mend the first second began in which at least 95 %
// as many operations succeeded as in a second before the fault.
func recovered(done []Seconds, from, to, end Seconds) *Seconds {
	count := func(a, b Seconds) int {
		i, _ := slices.BinarySearch(done, a)
		j, _ := slices.BinarySearch(done, b)
		return j - i
	}
	if from <= 0 {
		return nil
	}
	want := 0.95 * float64(count(0, from)) / float64(from)
	const step = Seconds(0.1)
	for at := to; at+1 <= end; at += step {
		// A second has one more or less than the mean says, wherever it begins.
		if float64(count(at, at+1)) >= want-1 {
			took := at - to
			return &took
		}
	}
	return nil
}

// has reports whether an operation is one of the phase: by when it was to start, but
// what is under way when the fault begins is met by it.
func (p *Phase) has(op *Op, fault Seconds) bool {
	at := op.Intended
	if at < fault && op.Ended > fault {
		at = fault
	}
	return at >= p.From && at < p.To
}

func (p *Phase) fill(c *Config, ops []Op, fault Seconds) {
	all := newTally()
	nodes := make([]*tally, c.Nodes)
	for i := range nodes {
		nodes[i] = newTally()
	}
	for i := range ops {
		op := &ops[i]
		if !p.has(op, fault) {
			continue
		}
		all.add(op)
		if op.Node <= len(nodes) {
			nodes[op.Node-1].add(op)
		}
	}
	p.All = all.stats(p.To - p.From)
	total := 0
	for _, n := range p.All.Counts {
		total += n
	}
	if total > 0 {
		p.Answered = 100 * float64(p.All.Counts[OK]) / float64(total)
	}
	for _, n := range nodes {
		p.PerNode = append(p.PerNode, n.stats(p.To-p.From))
	}
}

// Latencies are recorded from 1 us to 1 min with 3 digits.
const (
	lowest, highest = 1, 60_000_000
	digits          = 3
)

type tally struct {
	counts    map[Outcome]int
	histogram *hdrhistogram.Histogram
}

func newTally() *tally {
	return &tally{map[Outcome]int{}, hdrhistogram.New(lowest, highest, digits)}
}

func (t *tally) add(op *Op) {
	t.counts[op.Outcome]++
	if op.Outcome == OK {
		// Within the bounds it cannot fail.
		_ = t.histogram.RecordValue(min(highest, max(lowest, int64(op.Latency()*1e6))))
	}
}

func (t *tally) stats(length Seconds) Stats {
	s := Stats{Counts: t.counts, Throughput: float64(t.counts[OK]) / float64(length)}
	if h := t.histogram; h.TotalCount() > 0 {
		ms := func(us int64) float64 { return float64(us) / 1000 }
		s.Latency = &Latency{
			ms(h.ValueAtQuantile(50)), ms(h.ValueAtQuantile(90)), ms(h.ValueAtQuantile(99)),
			ms(h.ValueAtQuantile(99.9)), ms(h.Max()), h.TotalCount(),
		}
	}
	return s
}

// leaders counts new leaders: a leader in a term is new when it is first seen, and
// another was before.
func (s *Summary) leaders(events []Event) {
	type reign struct {
		term   uint64
		leader int
	}
	seen := map[reign]bool{}
	for _, e := range events {
		switch e.Kind {
		case Leader:
			r := reign{e.Value, e.About}
			if e.About == 0 || seen[r] {
				continue
			}
			if seen[r] = true; len(seen) == 1 {
				continue
			}
			s.LeaderChanges++
			for i := range s.Phases {
				if p := &s.Phases[i]; e.At >= p.From && (e.At < p.To || i == len(s.Phases)-1) {
					p.Leaders++
				}
			}
		case Term:
			if s.Terms == nil {
				s.Terms = map[string]uint64{}
			}
			s.Terms[fmt.Sprintf("node-%d", e.Node)] = e.Value
		}
	}
}

func membership(c *Config, ops []Op, events []Event, packets []LinkCounts, from, to, end Seconds) *Membership {
	m := new(Membership)
	for _, e := range events {
		if e.Kind != Member || e.At < from || e.Status != "suspect" && e.Status != "faulty" {
			continue
		}
		if e.Status == "suspect" {
			m.Suspicions++
		} else {
			m.Faulty++
			if e.Reached {
				m.FalsePositives++
			}
		}
		if e.At <= to {
			since := e.At - from
			if m.FirstDetected == nil {
				m.FirstDetected = &since
			}
			m.LastDetected = &since
		}
	}
	m.Agreed = agreed(events, to)
	m.owners(ops, events, end)
	m.Fenced = fenced(events, end)
	for _, p := range packets {
		if isNode(p.From) && isNode(p.To) {
			m.Packets += p.Sent
		}
	}
	return m
}

func isNode(host string) bool { return len(host) > 5 && (host[:5] == "node-" || host[:5] == "spare") }

// agreed returns how long after the mend the nodes agreed for good; nil if they do not.
func agreed(events []Event, mend Seconds) *Seconds {
	agree, since := false, Seconds(0)
	for _, e := range events {
		switch e.Kind {
		case Agree:
			agree, since = true, e.At
		case Disagree:
			agree = false
		}
	}
	if !agree {
		return nil
	}
	took := max(0, since-mend)
	return &took
}

// owners adds up what nodes accepted at the same time.
func (m *Membership) owners(ops []Op, events []Event, end Seconds) {
	var looks []Event
	for _, e := range events {
		if e.Kind == Owners {
			looks = append(looks, e)
		}
	}
	for i, e := range looks {
		until := end
		if i+1 < len(looks) {
			until = looks[i+1].At
		}
		m.TwoOwners += float64(until-e.At) * float64(e.Value)
	}
	m.AcceptsByTwo = len(AcceptedByTwo(ops, looks))
}

// AcceptedByTwo returns the operations that a node accepted while another one would
// have accepted them, too, of which the events of the kind Owners tell.
func AcceptedByTwo(ops []Op, events []Event) (list []Op) {
	at := func(t Seconds) map[string][]int {
		i, _ := slices.BinarySearchFunc(events, t, func(e Event, t Seconds) int {
			if e.At <= t {
				return -1
			}
			return 1
		})
		if i == 0 {
			return nil
		}
		return events[i-1].Owners
	}
	for i := range ops {
		op := &ops[i]
		if op.Outcome != OK || op.Owner == 0 {
			continue
		}
		// At its end, and a while later: what ends is over.
		const while = Seconds(0.2)
		if slices.Contains(at(op.Ended)[op.Key], op.Owner) && slices.Contains(at(op.Ended + while)[op.Key], op.Owner) {
			list = append(list, *op)
		}
	}
	return list
}

// fenced adds up how long resolvers kept nodes from serving.
func fenced(events []Event, end Seconds) (sum float64) {
	since := map[int]Seconds{}
	for _, e := range events {
		if e.Kind != Resolver {
			continue
		}
		at, was := since[e.Node]
		is := e.Status != "" && e.Status != "serving"
		if was && !is {
			sum += float64(e.At - at)
			delete(since, e.Node)
		} else if !was && is {
			since[e.Node] = e.At
		}
	}
	for at := range maps.Values(since) {
		sum += float64(end - at)
	}
	return sum
}

// minAnswered is how many percent must be answered before a fault.
const minAnswered = 99

// Judge gives the verdict: what a run was for must have happened, then its checks
// count.
func (s *Summary) Judge(c *Config, interrupted bool) {
	s.Verdict = Passed
	worse := func(verdict, why string) {
		if s.Verdict == Passed {
			s.Verdict = verdict
		}
		s.Why = append(s.Why, why)
	}
	if interrupted {
		worse(Interrupted, "the run was interrupted")
	}
	if len(s.Phases) > 0 && s.Phases[0].Name == "before" && s.Phases[0].Answered < minAnswered {
		worse(Void, fmt.Sprintf("%.1f %% were answered before the fault, less than %d %%", s.Phases[0].Answered, minAnswered))
	}
	if c.Fault != "none" || c.Schedule != "" {
		if why := s.without(); why != "" {
			worse(Void, why)
		}
	}
	for _, check := range s.Checks {
		if check.Verdict != Passed {
			worse(check.Verdict, check.Name+": "+check.Detail)
		}
	}
	if s.Why == nil {
		s.Why = []string{}
	}
}

// without says which part of a fault did nothing, or "". What is done to links must have
// met packets in all: two nodes that have nothing to say to each other are cut, too. What
// is done to nodes must have been done to each.
func (s *Summary) without() string {
	if len(s.Evidence) == 0 {
		return "the fault left no evidence"
	}
	did := map[string]bool{}
	for _, e := range s.Evidence {
		did[e.part()] = did[e.part()] || e.OK
	}
	for _, e := range s.Evidence {
		if !did[e.part()] {
			return fmt.Sprintf("%s did nothing: %s", e.What, e.Detail)
		}
	}
	return ""
}

// part is what evidence is about: a command, or all commands of a kind for links.
func (e *Evidence) part() string {
	switch verb, _, _ := strings.Cut(e.What, " "); verb {
	case "cut", "one-way", "slow", "loss":
		return verb
	}
	return e.What
}
