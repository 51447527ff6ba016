package measure

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/check"
	"github.com/ringmend/ringmend/sim/script"
	"github.com/ringmend/ringmend/sim/world"
)

// Measures is the observer that measures a run.
type Measures struct {
	world.Nothing
	// Figures are what has been measured so far.
	Figures
	// Record keeps what charts are drawn from.
	Record bool
	// Linger, if not 0, ends the run that long after the last cut was healed.
	Linger time.Duration

	world      *world.World
	checks     *check.Checks
	sizes      []sizes     // of each node
	detections []detection // of each node
	cost       healCost
	split      bool // there was a cut since the cluster was last one
	one        bool // it was at the last sample
	settled    int  // the disturbance after which it was last seen to be one
}

// detection is when a crash was noticed by others, counted from the crash.
type detection struct {
	count       int
	first, last time.Duration
}

// New returns the measures of a world that is checked.
func New(w *world.World, c *check.Checks) *Measures {
	n := len(w.Nodes)
	return &Measures{world: w, checks: c, sizes: make([]sizes, n), detections: make([]detection, n)}
}

// Step follows what the script does to the network.
func (m *Measures) Step(s *script.Step) {
	m.mark(s)
	switch s.Verb {
	case "cut", "one-way":
		m.split = true
		m.cost.cutOff(m.world.Now)
	case "mend":
		m.cost.mended(m.world.Now)
	}
}

// Started adds up the crash of the process before.
func (m *Measures) Started(n *world.Node) {
	m.measureCrash(n)
	m.detections[n.Index] = detection{}
}

// Killed begins to wait for the detection of a crash.
func (m *Measures) Killed(n *world.Node) { m.detections[n.Index] = detection{} }

// Sent counts a request.
func (m *Measures) Sent(c *world.Call, told wire.ChangeList) {
	m.visitCost(c, m.countBody(c.From, c.Request, told))
	m.dialled(c)
	if _, join := c.Request.(*wire.JoinRequest); join {
		m.Joins++
	}
}

// Answered counts an answer.
func (m *Measures) Answered(n *world.Node, c *world.Call, response wire.Response, told wire.ChangeList, err error) {
	if err != nil {
		m.countBody(n, nil, told)
		return
	}
	bytes := m.countBody(n, response, told)
	m.visitCost(c, bytes)
	if told.Version() != 0 {
		m.syncCost(c, bytes)
	}
}

// countBody counts a message and returns its size.
func (m *Measures) countBody(n *world.Node, body any, told wire.ChangeList) (size int) {
	if body != nil {
		size = m.sizes[n.Index].of(body, told)
		m.Carried += told.Len()
	}
	m.Messages++
	m.Bytes += size
	return size
}

// Event counts what a node tells.
func (m *Measures) Event(n *world.Node, e swim.Event) {
	switch e := e.(type) {
	case heal.Reached:
		m.Visits++
		if !e.Plan.CanMerge() {
			m.Reincarnations++
		}
		if m.Record {
			m.Heals = append(m.Heals, HealMark{At: m.world.Now, Merge: e.Plan.CanMerge()})
		}
	case heal.Merged:
		m.Merges++
	case heal.Failed:
		m.DeadDials++
	case swim.Refuted:
		m.Refutations++
	case swim.FullSyncSent:
		m.FullSyncs++
	case swim.Declared:
		if subject := m.world.At(e.Member); e.Status == wire.Faulty && subject != nil && m.isWell(n, subject) && subject.Stops == 0 {
			m.HealthyDeclared++
		}
	}
}

// isWell reports whether a member runs, and can be reached by a node.
func (m *Measures) isWell(n, subject *world.Node) bool {
	net := &m.world.Net
	return net.Blocked(n.Index, subject.Index) == "" && net.Blocked(subject.Index, n.Index) == "" &&
		subject.IsRunning(m.world.Now) && subject.Stays()
}

// Changed measures when members are held faulty.
func (m *Measures) Changed(n, subject *world.Node, c *swim.MemberChange) {
	if subject == nil || c.After == nil || c.After.Status != wire.Faulty || c.Before == nil || !c.Before.Status.Pingable() {
		return
	}
	if !subject.Up {
		if subject.Stays() { // else it said itself that it was going to end
			m.noticed(subject)
		}
		return
	}
	if m.isWell(n, subject) {
		m.FalsePositives++
		if subject.Stops == 0 {
			m.HealthyAccused++
		}
		m.slander(subject)
	}
}

// noticed counts a node that holds a crashed one faulty.
func (m *Measures) noticed(n *world.Node) {
	d, after := &m.detections[n.Index], m.world.Now-n.Fallen
	if d.count == 0 {
		d.first = after
	}
	d.count++
	d.last = after
}

// measureCrash adds up a crash when the node is started again, or at the end.
func (m *Measures) measureCrash(n *world.Node) {
	if d := &m.detections[n.Index]; d.count > 0 {
		m.FirstDetections = append(m.FirstDetections, d.first)
		m.LastDetections = append(m.LastDetections, d.last)
	}
}

// Sampled measures the whole cluster.
func (m *Measures) Sampled() {
	one, disturbed, disturbances := m.checks.IsOne()
	if one && !m.one {
		m.becameOne(disturbed, disturbances)
	}
	m.one = one
	m.measureWhole(one)
	m.MaxViews = max(m.MaxViews, m.checks.Views())
	if m.Record {
		m.Series = append(m.Series, Sample{At: m.world.Now, Views: m.checks.Views(), Statuses: slices.Clone(m.checks.Statuses())})
	}
}

func (m *Measures) becameOne(disturbed time.Duration, disturbances int) {
	now := m.world.Now
	if !m.Converged {
		m.Converged, m.ConvergeTime = true, now
	}
	if m.settled != disturbances {
		m.settled = disturbances
		m.SettleTime = max(0, now-disturbed)
	}
	if m.split && m.world.Net.IsWhole() {
		m.split = false
		m.HealTimes = append(m.HealTimes, max(0, now-disturbed))
	}
}

// mark keeps a step as a window of time, for the charts.
func (m *Measures) mark(s *script.Step) {
	if !m.Record {
		return
	}
	now := m.world.Now
	text := s.String()[len(s.At.String())+1:]
	switch {
	case s.Verb == "mend", (s.Verb == "slow" || s.Verb == "busy") && s.Time == 0, s.Verb == "loss" && s.Rate == 0:
		m.closeWindows()
	case s.Verb == "pause":
		m.Windows = append(m.Windows, Window{From: now, To: now + s.Time, What: text})
	case s.Verb == "cut", s.Verb == "one-way", s.Verb == "lag", s.Verb == "slow", s.Verb == "busy", s.Verb == "loss":
		m.Windows = append(m.Windows, Window{From: now, To: open, What: text})
	default:
		m.Windows = append(m.Windows, Window{From: now, To: now, What: text})
	}
}

// open is the end of a window that has none yet.
const open time.Duration = -1

// closeWindows ends the windows that have no end yet.
func (m *Measures) closeWindows() {
	for i := range m.Windows {
		if o := &m.Windows[i]; o.To == open {
			o.To = m.world.Now
		}
	}
}

// Conclude adds up what the run has shown when it is over.
func (m *Measures) Conclude() {
	for _, n := range m.world.Nodes {
		if !n.Up {
			m.measureCrash(n)
		}
	}
	m.closeWindows()
	m.Races, m.MostMessages = m.checks.Races(), m.checks.MostMessages()
	m.concludeHealing()
}
