package memberlist

import "time"

// probing is a probe under way.
type probing struct {
	target   int
	acked    bool
	expected int // nacks: helpers that were asked
	nacks    int
}

// probe probes the next member, and comes back when it is over, at the next tick.
func (n *node) probe() {
	target, ok := n.nextTarget()
	if !ok {
		n.after(n.cfg.ProbeInterval, n.probe)
		return
	}
	p := &probing{target: target}
	interval := n.cfg.ProbeInterval * time.Duration(n.awareness+1)
	n.tellSuspect(target)
	n.ping(target, func() { p.acked = true })
	n.after(n.cfg.ProbeTimeout, func() { n.askHelpers(p) })
	n.after(interval, func() {
		n.conclude(p)
		n.probe()
	})
}

// nextTarget returns the next member of the round that is not dead.
func (n *node) nextTarget() (int, bool) {
	for range n.order {
		if n.next == len(n.order) {
			n.next = 0
			n.shuffle()
		}
		id := n.order[n.next]
		n.next++
		if n.members[id].state != dead {
			return id, true
		}
	}
	return 0, false
}

// tellSuspect makes a suspect hear of it with the ping.
func (n *node) tellSuspect(target int) {
	m := &n.members[target]
	if m.state != suspect {
		return
	}
	c := change{of: target, state: suspect, incarnation: m.incarnation, from: n.id}
	n.push(n.now+latency, n.nodes[target], func() { n.nodes[target].hear(c) })
}

// ping pings a member; answered is called when the answer is there.
func (n *node) ping(target int, answered func()) {
	n.send(target, func(t *node) { t.send(n.id, func(*node) { answered() }) })
}

// askHelpers is when the target has not answered in time. The ping over TCP goes beside: it
// reaches a node that runs.
func (n *node) askHelpers(p *probing) {
	if p.acked {
		return
	}
	helpers := n.sample(n.cfg.IndirectChecks, func(id int) bool { return id != p.target && n.members[id].state == alive })
	p.expected = len(helpers)
	for _, id := range helpers {
		n.send(id, func(h *node) { h.help(n, p) })
	}
	n.ping(p.target, func() { p.acked = true })
}

// help pings a member for another node.
func (n *node) help(asker *node, p *probing) {
	answered := false
	n.ping(p.target, func() {
		answered = true
		n.send(asker.id, func(*node) { p.acked = true })
	})
	n.after(n.cfg.ProbeTimeout, func() {
		if !answered {
			n.send(asker.id, func(*node) { p.nacks++ })
		}
	})
}

// conclude ends a probe. Missing nacks show that this node is the slow one.
func (n *node) conclude(p *probing) {
	switch {
	case p.acked:
		n.aware(-1)
		return
	case p.expected > 0:
		n.aware(max(0, p.expected-p.nacks))
	default:
		n.aware(1)
	}
	n.hear(change{of: p.target, state: suspect, incarnation: n.members[p.target].incarnation, from: n.id})
}

// aware changes the local health.
func (n *node) aware(by int) {
	n.awareness = min(max(0, n.awareness+by), n.cfg.AwarenessMaxMultiplier-1)
}
