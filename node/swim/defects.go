package swim

// Defects are rules of the published Ringpop nodes that do harm, or make things
// slow. They can be switched on so that a simulation shows what they do; no real
// node should have any of them. The zero value is none.
type Defects struct {
	// StuckSuspect is a timer that belongs to an address alone. When a member
	// turns suspect again, at a higher incarnation, the timer of the first time
	// runs on; then it declares the member faulty at the old incarnation, which
	// nobody believes, and the member stays suspect for ever.
	StuckSuspect bool
	// ClockRefutes is a refutation at the incarnation that the clock shows, even
	// if the accusation is from the same millisecond or from the future.
	ClockRefutes bool
	// FailedCountsAsSent is that the changes of a ping-req count as sent when it
	// failed, and that the end of a call counts for changes that have replaced
	// those that it carried.
	FailedCountsAsSent bool
	// HelperConvicts is that the failure of a helper speaks against the target
	// when there are fewer of them than should be asked; and that nothing at all
	// does when all of them fail, however often.
	HelperConvicts bool
	// NoReminder is that a member is not told what is believed of it any more
	// once that was sent often enough, to whomever; and that a node which is
	// missing from a membership that it gets does not make itself known.
	NoReminder bool
	// IgnoresStrangers is that a node which is pinged or joined by one that it does not
	// know does not join it. (ringpop-go's nodes do so when the checksums differ.)
	IgnoresStrangers bool
	// HearsTheDead is that a request of a member that is held faulty is taken like
	// any other: see estranged.
	HearsTheDead bool
	// Unhurried is that all news waits for its turn in the protocol period, and that a
	// probe waits for its last helper.
	Unhurried bool
	// TellsTwice is that an answer repeats what the request has told, that every
	// ping-req, its answer and the ping that it asks for carry all that is pending,
	// however much that is, and so do pings between nodes with the same membership;
	// and that all news is told as often, however much there is.
	TellsTwice bool
}

// keepsTimer reports whether the timer of a member is left as it is, although
// the member's incarnation has changed.
func (n *Node) keepsTimer(m number) bool {
	if !n.cfg.Defects.StuckSuspect {
		return false
	}
	r := n.members.row(m)
	if s, ok := n.timers.stuck[m]; ok && s.status == r.status {
		return true
	}
	if n.timers.stuck == nil {
		n.timers.stuck = make(map[number]timedState)
	}
	n.timers.stuck[m] = timedState{r.status, r.incarnation}
	return false
}

// refutation returns the incarnation at which an accusation is refuted: one that
// out-bids it, for the clock alone would lose against one from the future.
func (n *Node) refutation(accused int64) int64 {
	if n.cfg.Defects.ClockRefutes {
		return n.now.UnixMilli()
	}
	return max(n.clockTime(), accused+1)
}

// speaksAgainst reports whether the silence of a helper counts like its word that
// it could not reach the target.
func (n *Node) speaksAgainst(p *probe) bool {
	return n.cfg.Defects.HelperConvicts && p.helpers < n.cfg.PingRequestSize
}

// everybodySilent counts a probe that ended without a sign of life from anybody,
// and reports whether there were so many in a row that members are suspected all
// the same.
func (n *Node) everybodySilent() bool {
	n.silence++
	return n.Alone() && !n.cfg.Defects.HelperConvicts
}
