package web

import (
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/guard/explain"
	"github.com/ringmend/ringmend/guard/watch"
	"github.com/ringmend/ringmend/node/wire"
)

// The bodies of the JSON API. static/schema.json describes them; a test compares.

// State is the answer of /api/v1/state, and the data of "state" events.
type State struct {
	// Version grows when anything but At changes, which saves a page from asking for
	// unchanged members.
	Version uint64 `json:"version"`
	// At is when the last look ended, SeenAt when one last showed something: what else is
	// said here is of that time.
	At     time.Time `json:"at"`
	SeenAt time.Time `json:"seenAt"`
	// Error is why the last look showed nothing, "" when it did.
	Error     string `json:"error"`
	App       string `json:"app"`
	Mode      string `json:"mode"`
	Approved  bool   `json:"approved"`
	Condition string `json:"condition"` // unknown, agreed, spreading or split
	// SplitSince is since when the ring is split.
	SplitSince   *time.Time        `json:"splitSince,omitempty"`
	LookSeconds  float64           `json:"lookSeconds"`
	EverySeconds float64           `json:"everySeconds"`
	Counts       Counts            `json:"counts"`
	Sides        []Side            `json:"sides"`
	Pairs        []Pair            `json:"pairs"`
	Findings     []explain.Finding `json:"findings"`
	BudgetUsedUp bool              `json:"budgetUsedUp"`
}

// Counts says how many members stand how.
type Counts struct {
	Members int `json:"members"`
	Up      int `json:"up"`
	Suspect int `json:"suspect"`
	Silent  int `json:"silent"`
	Faulty  int `json:"faulty"`
	Left    int `json:"left"`
	Views   int `json:"views"`
}

// Side is a set of nodes that gossip with each other.
type Side struct {
	Nodes  int          `json:"nodes"`
	Sample wire.Address `json:"sample"`
	Views  int          `json:"views"`
	// Checksum and the counts are those of the view that most of its nodes hold.
	Checksum uint32 `json:"checksum"`
	Alive    int    `json:"alive"`
	Suspect  int    `json:"suspect"`
	Faulty   int    `json:"faulty"`
	OneWay   bool   `json:"oneWay"`
}

// Pair is two sides, by their numbers from 0, and why they are not one yet.
type Pair struct {
	A        int    `json:"a"`
	B        int    `json:"b"`
	Relation string `json:"relation"` // parted, named or strangers
	// Rebirths is how many members must reincarnate before a merge.
	Rebirths int    `json:"rebirths"`
	Trouble  string `json:"trouble"`
}

// Members is the answer of /api/v1/members.
type Members struct {
	Version uint64    `json:"version"`
	SeenAt  time.Time `json:"seenAt"`
	Members []Member  `json:"members"`
}

// Member is a member of the ring.
type Member struct {
	Address wire.Address `json:"address"`
	// Standing is up, suspect, silent, faulty or left.
	Standing string `json:"standing"`
	// Side is the number of the side that it is on, -1 if on none.
	Side int `json:"side"`
	// Held is what each side holds it to be, in the order of the sides, by the view that
	// most nodes of the side hold. "" is unknown.
	Held        []string          `json:"held"`
	Incarnation int64             `json:"incarnation"`
	Labels      map[string]string `json:"labels,omitempty"`
	// Error is why it did not answer.
	Error string `json:"error,omitempty"`
}

// Opinions is the answer of /api/v1/member?address=…: each node's view of the member.
type Opinions struct {
	Address  wire.Address `json:"address"`
	Opinions []Opinion    `json:"opinions"`
}

// Opinion is what one node holds a member to be.
type Opinion struct {
	Node        wire.Address `json:"node"`
	Known       bool         `json:"known"`
	Status      string       `json:"status"`
	Incarnation int64        `json:"incarnation"`
}

// maxText is how much of a text from a node is passed on.
const maxText = 300

func text(s string) string {
	if r := []rune(s); len(r) > maxText {
		return string(r[:maxText]) + "…"
	}
	return s
}

// newState returns the JSON form of a state.
func newState(s *watch.State, findings []explain.Finding, splitSince time.Time) State {
	j := State{
		At: s.At, SeenAt: s.SeenAt, App: text(s.App), Mode: string(s.Mode), Approved: s.Approved,
		Condition: admin.Unknown.String(), LookSeconds: s.Took.Seconds(), EverySeconds: s.Every.Seconds(),
		Findings: findings, BudgetUsedUp: s.Short, Sides: []Side{}, Pairs: []Pair{},
	}
	if findings == nil {
		j.Findings = []explain.Finding{}
	}
	if s.Err != nil {
		j.Error = text(s.Err.Error())
	}
	if !splitSince.IsZero() {
		j.SplitSince = &splitSince
	}
	v := s.Verdict
	if v == nil {
		return j
	}
	j.Condition = v.Condition.String()
	j.Counts = Counts{v.Members(), len(v.Up), len(v.Suspect), len(v.Silent), len(v.Faulty), len(v.Left), v.Views}
	for i := range v.Sides {
		side := &v.Sides[i]
		most := &side.Views[0]
		j.Sides = append(j.Sides, Side{
			Nodes: len(side.Nodes), Sample: side.Nodes[0], Views: len(side.Views), Checksum: most.Checksum, OneWay: side.OneWay,
			Alive: most.Count(wire.Alive), Suspect: most.Count(wire.Suspect), Faulty: most.Count(wire.Faulty),
		})
	}
	for _, p := range s.Pairs {
		j.Pairs = append(j.Pairs, Pair{p.A, p.B, p.Relation, len(p.Rebirths), text(p.Trouble)})
	}
	return j
}

// newMembers returns all members of a state.
func newMembers(s *watch.State) []Member {
	if s.Verdict == nil {
		return []Member{}
	}
	v := s.Verdict
	errs := make(map[wire.Address]string)
	own := make(map[wire.Address]*wire.Member)
	for i := range s.Cluster.Nodes {
		n := &s.Cluster.Nodes[i]
		if n.Err != nil {
			errs[n.Address] = text(n.Err.Error())
			continue
		}
		own[n.Address] = admin.FindMember(n.Stats.Membership.Members, n.Address)
	}
	sideOf := make(map[wire.Address]int)
	for i := range v.Sides {
		for _, node := range v.Sides[i].Nodes {
			sideOf[node] = i
		}
	}
	members := make([]Member, 0, v.Members())
	for _, list := range []struct {
		standing string
		members  []wire.Address
	}{{"faulty", v.Faulty}, {"silent", v.Silent}, {"suspect", v.Suspect}, {"left", v.Left}, {"up", v.Up}} {
		for _, address := range list.members {
			m := Member{Address: address, Standing: list.standing, Side: -1, Error: errs[address], Held: make([]string, len(v.Sides))}
			if side, on := sideOf[address]; on {
				m.Side = side
			}
			best := own[address]
			for i := range v.Sides {
				held := v.Sides[i].Views[0].Member(address)
				if held == nil {
					continue
				}
				m.Held[i] = held.Status.String()
				if best == nil || own[address] == nil && held.Incarnation > best.Incarnation {
					best = held
				}
			}
			if best != nil {
				m.Incarnation, m.Labels = best.Incarnation, best.Labels
			}
			members = append(members, m)
		}
	}
	return members
}

// newOpinions returns each node's view of a member.
func newOpinions(s *watch.State, address wire.Address) Opinions {
	o := Opinions{Address: address, Opinions: []Opinion{}}
	if s == nil || s.Cluster == nil {
		return o
	}
	for _, held := range s.Cluster.Opinions(address) {
		opinion := Opinion{Node: held.Node}
		if m := held.Member; m != nil {
			opinion.Known, opinion.Status, opinion.Incarnation = true, m.Status.String(), m.Incarnation
		}
		o.Opinions = append(o.Opinions, opinion)
	}
	return o
}
