package main

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/heal/resolve/akka"
	"github.com/ringmend/ringmend/node/wire"
)

// decision is the answer to a document of the kind decision, in parity mode.
type decision struct {
	ID jsontext.Value `json:"id"`
	outcome
	DelayMS  *int64   `json:"delay_ms,omitzero"`
	IfDenied *outcome `json:"if_denied,omitzero"`
	Error    string   `json:"error,omitzero"`
}

type outcome struct {
	Decision string         `json:"decision"`
	Down     []wire.Address `json:"down"`
	Keep     []wire.Address `json:"keep"`
}

// verdict is the answer to one of the kind decision, in guard mode.
type verdict struct {
	ID       jsontext.Value `json:"id"`
	Decision string         `json:"decision"`
	Own      int            `json:"own"`
	Other    int            `json:"other"`
	Reason   string         `json:"reason"`
	DelayMS  *int64         `json:"delay_ms,omitzero"`
	IfDenied *denied        `json:"if_denied,omitzero"`
}

type denied struct {
	Decision string `json:"decision"`
}

// decide answers a document of the kind decision.
func decide(value jsontext.Value) (any, error) {
	var d document
	if err := strict(value, &d); err != nil {
		return nil, err
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	rules, err := d.rules()
	if err != nil {
		return nil, err
	}
	if d.Mode == "guard" {
		return d.guard(&rules), nil
	}
	return d.parity(&rules), nil
}

func (d *document) parity(rules *akka.Rules) *decision {
	c := d.cluster()
	answer := &decision{ID: d.ID}
	decided, delay := rules.Decide(c)
	if len(d.unreachable()) == 0 && len(d.Reachability) == 0 {
		decided = akka.None
	}
	var err error
	answer.outcome, err = d.outcome(rules, c, decided)
	if err != nil {
		answer.Error = err.Error()
	}
	if decided.NeedsLease() {
		reverse, _ := d.outcome(rules, c, decided.Reverse())
		ms := delay.Milliseconds()
		answer.DelayMS, answer.IfDenied = &ms, &reverse
	}
	return answer
}

func (d *document) cluster() *akka.Cluster {
	c := akka.NewCluster(d.SelfDC)
	for i := range d.Members {
		c.Set(d.member(&d.Members[i]))
	}
	for _, a := range d.unreachable() {
		c.SetUnreachable(a, true)
	}
	c.SetRecords(d.records())
	c.SetSeen(addresses(d.SeenBy))
	return c
}

func (d *document) outcome(rules *akka.Rules, c *akka.Cluster, decided akka.Decision) (outcome, error) {
	down, err := rules.Down(c, decided)
	side := c.Reachable()
	if d.Side != nil {
		side = addresses(*d.Side)
		slices.SortFunc(side, resolve.CompareAddresses)
		side = slices.Compact(side)
	}
	keep := slices.DeleteFunc(side, func(a wire.Address) bool { return slices.Contains(down, a) })
	return outcome{decided.String(), down, keep}, err
}

func (d *document) guard(rules *akka.Rules) *verdict {
	v := rules.Rules.Decide(d.sides(rules))
	answer := &verdict{ID: d.ID, Decision: kept(v.Keep), Own: v.Own, Other: v.Other, Reason: v.Reason}
	if rules.Strategy == resolve.LeaseMajority {
		ms := int64(0)
		if v.Minority {
			ms = rules.MinorityDelay.Milliseconds()
		}
		answer.DelayMS, answer.IfDenied = &ms, &denied{kept(false)}
	}
	return answer
}

func kept(keep bool) string {
	if keep {
		return "kept"
	}
	return "lost"
}

// sides counts the members as a node with a resolver does: up is settled, joining and
// weakly up are not, and those exiting and down are gone.
func (d *document) sides(rules *akka.Rules) (s resolve.Sides) {
	unreachable := d.unreachable()
	for i := range d.Members {
		m := d.member(&d.Members[i])
		gone := m.Status == akka.Exiting || m.Status == akka.Down
		if m.DC != d.SelfDC || gone || rules.Role != "" && !slices.Contains(m.Roles, rules.Role) {
			continue
		}
		member := resolve.Counted{Address: m.Address, Born: m.Age}
		here := !slices.Contains(unreachable, m.Address) && (d.Side == nil || slices.Contains(*d.Side, address(m.Address)))
		if here && m.Status == akka.Up {
			s.Own = append(s.Own, member)
		} else {
			s.Other = append(s.Other, member)
		}
	}
	return s
}
