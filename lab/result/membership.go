package result

import (
	"maps"
	"slices"
	"strings"
)

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

func isNode(host string) bool {
	return strings.HasPrefix(host, "node-") || strings.HasPrefix(host, "spare-")
}

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
	looks := ofOwners(events)
	for i, e := range looks {
		until := end
		if i+1 < len(looks) {
			until = looks[i+1].At
		}
		m.TwoOwners += float64(until-e.At) * float64(e.Value)
	}
	m.AcceptsByTwo = len(AcceptedByTwo(ops, events))
}

// ofOwners returns the events of the kind Owners.
func ofOwners(events []Event) (list []Event) {
	for _, e := range events {
		if e.Kind == Owners {
			list = append(list, e)
		}
	}
	return list
}

// AcceptedByTwo returns the operations that a node accepted while another one would
// have accepted them, too, of which the events of the kind Owners tell.
func AcceptedByTwo(ops []Op, events []Event) (list []Op) {
	looks := ofOwners(events)
	at := func(t Seconds) map[string][]int {
		i, _ := slices.BinarySearchFunc(looks, t, func(e Event, t Seconds) int {
			if e.At <= t {
				return -1
			}
			return 1
		})
		if i == 0 {
			return nil
		}
		return looks[i-1].Owners
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
