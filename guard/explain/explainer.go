package explain

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/guard/timeline"
	"github.com/ringmend/ringmend/node/wire"
)

// How long what must be so before it is a finding.
const (
	islandAfter    = 10 * time.Second
	stuckAfter     = 30 * time.Second // six suspect periods
	hiddenAfter    = 30 * time.Second
	unsettledAfter = time.Minute
	flavoursAfter  = 10 * time.Second
	// zombieWithin is how long a return of a dead address counts, and zombieTimes how many
	// make a zombie.
	zombieWithin = time.Hour
	zombieTimes  = 2
)

// Explainer finds what stays wrong.
type Explainer struct {
	since map[fact]time.Time
	seen  map[fact]bool // by the last look
	dead  map[wire.Address]*dead
}

// fact is something that was so at a look.
type fact struct {
	kind        Kind
	member      wire.Address
	incarnation int64
}

// dead is an address that does not answer.
type dead struct {
	given   bool // it is held down, or in no list
	absent  bool // it is in no list
	returns []time.Time
}

// New returns an explainer.
func New() *Explainer {
	return &Explainer{since: make(map[fact]time.Time), dead: make(map[wire.Address]*dead)}
}

// Looked records a look that showed something, and returns what is wrong now.
func (e *Explainer) Looked(at time.Time, c *admin.Cluster, v *admin.Verdict) []Finding {
	e.seen = make(map[fact]bool)
	var all []Finding
	all = append(all, e.islands(at, v)...)
	all = append(all, e.stuck(at, v)...)
	all = append(all, e.zombies(at, c, v)...)
	all = append(all, e.hidden(at, v)...)
	all = append(all, e.restless(at, v)...)
	for f := range e.since {
		if !e.seen[f] {
			delete(e.since, f)
		}
	}
	return all
}

// lasts reports whether something has been so for a while, and since when.
func (e *Explainer) lasts(at time.Time, f fact, least time.Duration) (since time.Time, enough bool) {
	e.seen[f] = true
	since, known := e.since[f]
	if !known {
		since = at
		e.since[f] = at
	}
	return since, at.Sub(since) >= least
}

// collect makes one finding of members of which something has been so for a while.
func (e *Explainer) collect(at time.Time, kind Kind, members []wire.Address, incarnation func(wire.Address) int64, least time.Duration) (f Finding, found bool) {
	f = Finding{Kind: kind, Since: at}
	for _, m := range members {
		var i int64
		if incarnation != nil {
			i = incarnation(m)
		}
		since, enough := e.lasts(at, fact{kind, m, i}, least)
		if !enough {
			continue
		}
		f.Members = append(f.Members, m)
		f.Incarnations = append(f.Incarnations, i)
		if since.Before(f.Since) {
			f.Since = since
		}
	}
	f.Count = len(f.Members)
	return f, f.Count > 0
}

// bounded returns a finding that names no more members than may be named.
func bounded(f Finding) Finding {
	f.Members = f.Members[:min(len(f.Members), timeline.MaxMembers)]
	f.Incarnations = f.Incarnations[:min(len(f.Incarnations), timeline.MaxMembers)]
	return f
}

func (e *Explainer) islands(at time.Time, v *admin.Verdict) []Finding {
	if len(v.Sides) < 2 {
		return nil
	}
	knows := func(a, b *admin.Side) bool {
		return slices.ContainsFunc(a.Views, func(p admin.Partition) bool {
			return slices.ContainsFunc(b.Nodes, func(n wire.Address) bool { return p.Member(n) != nil })
		})
	}
	most := &v.Sides[0]
	var all []Finding
	for i := 1; i < len(v.Sides); i++ {
		s := &v.Sides[i]
		known, knowing := knows(most, s), knows(s, most)
		if known && knowing {
			continue
		}
		since, enough := e.lasts(at, fact{kind: Island, member: s.Nodes[0]}, islandAfter)
		if !enough {
			continue
		}
		text := fmt.Sprintf("%s and the ring of %d do not know each other", render.Some(s.Nodes), len(most.Nodes))
		switch {
		case known:
			text = fmt.Sprintf("the ring of %d lists %s, which does not know it: it was started anew and found no host to join, or another ring's node was given the address", len(most.Nodes), render.Some(s.Nodes))
		case knowing:
			text = fmt.Sprintf("%s knows the ring of %d, which has forgotten it and does not ping it", render.Some(s.Nodes), len(most.Nodes))
		}
		all = append(all, bounded(Finding{
			Kind: Island, Since: since, Text: text, Members: s.Nodes, Count: len(s.Nodes),
			Help: fmt.Sprintf("if they are one ring, name a node of each when you start the guard (%s %s), or restart the smaller one with a list of hosts that leads to the ring", most.Nodes[0], s.Nodes[0]),
		}))
	}
	return all
}

// stuck finds members that stay suspect at one incarnation. How a member stands on its
// own account does not matter: the ring keeps it, and its keys, in doubt.
func (e *Explainer) stuck(at time.Time, v *admin.Verdict) []Finding {
	incarnations := make(map[wire.Address]int64)
	var members []wire.Address
	for i := range v.Sides {
		for _, view := range v.Sides[i].Views {
			for _, m := range view.Members {
				if m.Status != wire.Suspect {
					continue
				}
				if _, known := incarnations[m.Address]; !known {
					members = append(members, m.Address)
				}
				incarnations[m.Address] = max(m.Incarnation, incarnations[m.Address])
			}
		}
	}
	slices.SortFunc(members, admin.CompareAddresses)
	f, found := e.collect(at, StuckSuspect, members, func(a wire.Address) int64 { return incarnations[a] }, stuckAfter)
	if !found {
		return nil
	}
	f.Text = fmt.Sprintf("suspect for much longer than a suspect period, and still in the ring with their keys: %s. Ringpop starts no timer for a second suspicion at a higher incarnation", render.Some(f.Members))
	f.Help = "the guard accuses them anew when no node reaches them (--mode heal), such that they refute or turn faulty; or restart the nodes that hold them suspect, one by one"
	return []Finding{bounded(f)}
}

func (e *Explainer) zombies(at time.Time, c *admin.Cluster, v *admin.Verdict) []Finding {
	answered := make(map[wire.Address]bool)
	for i := range c.Nodes {
		answered[c.Nodes[i].Address] = c.Nodes[i].Err == nil
	}
	listed := make(map[wire.Address]bool)
	for _, list := range [][]wire.Address{v.Suspect, v.Silent} {
		for _, m := range list {
			listed[m] = true
		}
	}
	held := make(map[wire.Address]bool) // faulty
	for _, m := range v.Faulty {
		held[m] = true
		if e.dead[m] == nil {
			e.dead[m] = new(dead)
		}
	}
	var f Finding
	for _, m := range slices.SortedFunc(maps.Keys(e.dead), admin.CompareAddresses) {
		d := e.dead[m]
		if answered[m] {
			delete(e.dead, m)
			continue
		}
		d.see(at, listed[m], held[m])
		d.returns = slices.DeleteFunc(d.returns, func(t time.Time) bool { return at.Sub(t) > zombieWithin })
		switch {
		case len(d.returns) >= zombieTimes:
			f.Members = append(f.Members, m)
			if f.Since.IsZero() || d.returns[0].Before(f.Since) {
				f.Since = d.returns[0]
			}
		case !listed[m] && !held[m] && len(d.returns) == 0 && len(e.dead) > wire.MaxChanges:
			delete(e.dead, m)
		}
	}
	if len(f.Members) == 0 {
		return nil
	}
	f.Kind, f.Count = Zombie, len(f.Members)
	f.Text = fmt.Sprintf("no node answers at %s, and it was given up and listed again more than once: some node has kept it, and tells of it whenever the others have forgotten it", render.Some(f.Members))
	f.Help = "ringpop-admin explain " + string(f.Members[0]) + " NODE shows who holds it; ringpop-admin reap NODE makes all forget what is faulty, at the same time"
	return []Finding{bounded(f)}
}

// see records whether a dead address is held up, or down, or is in no list.
func (d *dead) see(at time.Time, up, down bool) {
	switch {
	case up:
		if d.given {
			d.returns = append(d.returns, at)
		}
		d.given = false
	case down && d.given && d.absent:
		d.returns = append(d.returns, at)
		d.absent = false
	case down:
		d.given, d.absent = true, false
	default:
		d.given, d.absent = true, true
	}
}

func (e *Explainer) hidden(at time.Time, v *admin.Verdict) []Finding {
	f, found := e.collect(at, Hidden, v.Silent, nil, hiddenAfter)
	if !found {
		return nil
	}
	f.Text = fmt.Sprintf("the ring holds %s alive, and it does not answer the guard", render.Some(f.Members))
	f.Help = "a firewall between the guard and the node, or a node that answers pings and nothing else: try ringpop-admin status " + string(f.Members[0])
	return []Finding{bounded(f)}
}

// restless finds rings whose nodes do not come to agree.
func (e *Explainer) restless(at time.Time, v *admin.Verdict) []Finding {
	if v.Condition != admin.Spreading {
		return nil
	}
	views := v.Sides[0].Views
	same := true
	for i := 1; i < len(views) && same; i++ {
		same = slices.EqualFunc(views[0].Members, views[i].Members, func(a, b wire.Member) bool { return a.Equal(&b) })
	}
	if same {
		since, enough := e.lasts(at, fact{kind: TwoFlavours}, flavoursAfter)
		if !enough {
			return nil
		}
		return []Finding{{
			Kind: TwoFlavours, Since: since,
			Text: fmt.Sprintf("the nodes hold the same membership, with %d checksums: ringpop-go and ringpop-node count differently, and each Go node fetches whole memberships for ever", len(views)),
			Help: "harmless but for the traffic; a ringmend node can be set to the other's checksum (--checksum)",
		}}
	}
	since, enough := e.lasts(at, fact{kind: Unsettled}, unsettledAfter)
	if !enough {
		return nil
	}
	return []Finding{{
		Kind: Unsettled, Since: since,
		Text: fmt.Sprintf("changes have been spreading without an end, there are %d views", len(views)),
		Help: "some node keeps changing: ringpop-admin diff shows in what two nodes differ",
	}}
}
