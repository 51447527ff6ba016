package node

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/evict"
	"github.com/ringmend/ringmend/node/swim"
)

// logEvent logs an event: at warn what needs attention, at info what changes the cluster as a
// whole, at debug the rest.
func (n *Node) logEvent(event Event) {
	switch e := event.(type) {
	case swim.MembersChanged:
		for _, c := range e.Changes {
			n.logMember(c)
		}
	case swim.Refuted:
		n.log.Info("refuted", "accused", e.Accusation.Status, "by", e.Accusation.Source, "incarnation", e.Incarnation)
	case swim.FullSyncSent:
		n.log.Info("full sync", "to", e.To, "members", e.Members, "checksum", e.Local, "remoteChecksum", e.Remote, "bidirectional", e.Bidirectional)
	case swim.FullSyncFetched:
		n.logOutcome(slog.LevelInfo, "bidirectional full sync", e.Err, "from", e.From, "applied", e.Applied)
	case swim.ChecksumsDisagree:
		n.log.Warn("another node has the same members and another checksum: is the flavour of checksums the same on all nodes?",
			"with", e.With, "members", e.Members, "checksum", e.Local, "remoteChecksum", e.Remote)
	case swim.ClockOff:
		n.logClock(e)
	case swim.JoinFailed:
		n.log.Debug("join failed", "host", e.Host, "error", e.Err)
	case swim.JoinWaiting:
		n.logWaiting(e)
	case swim.Joined:
		n.logJoined(e)
	case swim.PingFailed:
		n.log.Debug("ping failed", "target", e.Target, "error", e.Err)
	case swim.PingRequestsDone:
		n.log.Debug("ping-req done", "target", e.Target, "outcome", e.Outcome, "helpers", e.Helpers)
	case swim.Declared:
		n.log.Info("declared "+e.Status.String(), "member", e.Member, "incarnation", e.Incarnation)
	case swim.AnswerChangesSkipped:
		n.log.Warn("skipped changes in an answer", "from", e.From, "count", e.Count, "why", e.Why)
	case swim.TableFull:
		n.log.Warn("refused new members, the table is full", "members", e.Members, "refused", e.Refused)
	case swim.Stalled:
		n.log.Warn("the process was stopped or starved", "for", e.For)
	case swim.Isolated:
		n.log.Warn("no other node is heard from: this one is cut off, or the last", "for", e.For.Round(time.Millisecond))
	case swim.IsolationEnded:
		n.log.Info("another node is heard from again", "from", e.From, "after", e.After.Round(time.Millisecond))
	case swim.SelfEvicted:
		n.log.Info("self eviction done", "pinged", e.Pinged, "answered", e.Answered)
	case swim.DeadMemberHeard:
		n.log.Debug("a member that is held faulty has sent a request", "member", e.Member)
	case evict.Changed:
		for _, m := range e.Evicted {
			n.log.Warn("a member is evicted: it is out of the ring until it is readmitted", "member", m)
		}
		for _, m := range e.Readmitted {
			n.log.Info("a member is readmitted", "member", m)
		}
	case heal.PartitionSuspected:
		n.log.Warn("heal: the cluster may be split", "faultyTogether", e.Faulty, "reachable", e.Reachable)
	case heal.PartitionHealed:
		n.log.Info("heal: the cluster is whole again", "after", e.After.Round(time.Millisecond), "members", e.Members, "checksum", e.Checksum)
	case heal.PaceChanged:
		n.log.Info("heal: this side probes", "every", e.Interval)
	case heal.Attempt:
		n.log.Debug("heal: probing", "target", e.Target, "again", e.Again)
	case heal.Reached:
		n.log.Log(n.ctx, unlessAgain(slog.LevelInfo, e.Failures+1), "heal: reached another side", "target", e.Target, "ours", e.Ours, "theirs", e.Theirs,
			"checksum", e.Local, "remoteChecksum", e.Remote, "reincarnateOurs", len(e.Plan.Ours), "reincarnateTheirs", len(e.Plan.Theirs))
	case heal.Reincarnating:
		n.logAttempt("heal: reincarnating", e.Err, e.Failures, "target", e.Target, "ours", e.Ours, "theirs", e.Theirs)
	case heal.Merged:
		n.logAttempt("heal: merged", e.Err, e.Failures, "target", e.Target, "took", e.Took.Round(time.Millisecond), "ours", e.Ours, "theirs", e.Theirs,
			"localChecksum", e.Local, "remoteChecksum", e.Remote, "learned", e.Learned, "members", e.Members, "checksum", e.Checksum)
	case heal.Recognized:
		n.log.Debug("heal: a host is a member by another address", "host", e.Host, "member", e.Member)
	case heal.Failed:
		n.log.Debug("heal: no answer", "target", e.Target, "error", e.Err)
	case resolve.StateChanged, resolve.Decided, resolve.Paused, resolve.Resumed, resolve.Alone, resolve.StillStarting, resolve.LeaseFailed, StateNotKept:
		n.logResolver(event)
	case EventsLost:
		n.log.Warn("a listener is too slow, events were lost", "count", e.Count)
	case ChecksumChanged:
		n.log.Debug("checksum changed", "checksum", e.Checksum)
	case RingChanged:
		n.log.Debug("ring changed", "servers", e.Servers, "added", len(e.Added), "removed", len(e.Removed), "changed", len(e.Changed))
	default:
		n.log.Debug("event", "type", fmt.Sprintf("%T", event))
	}
}

func (n *Node) logMember(c swim.MemberChange) {
	switch {
	case c.After == nil:
		n.log.Debug("member forgotten", "member", c.Before.Address)
	case c.Before == nil:
		n.log.Debug("member learned", "member", c.After.Address, "status", c.After.Status, "incarnation", c.After.Incarnation)
	default:
		n.log.Debug("member changed", "member", c.After.Address, "from", c.Before.Status, "status", c.After.Status, "incarnation", c.After.Incarnation)
	}
}

func (n *Node) logOutcome(level slog.Level, message string, err error, args ...any) {
	if err != nil {
		level = slog.LevelWarn
		args = append(args, "error", err)
	}
	n.log.Log(n.ctx, level, message, args...)
}

// logAttempt is logOutcome for a step of the healer. Of several failures in a row only the
// first is logged above debug.
func (n *Node) logAttempt(message string, err error, failures int, args ...any) {
	if err != nil && failures > 1 {
		n.log.Debug(message, append(args, "error", err, "failures", failures)...)
		return
	}
	n.logOutcome(slog.LevelInfo, message, err, args...)
}

// unlessAgain returns the given level the first time, and debug afterwards.
func unlessAgain(level slog.Level, times int) slog.Level {
	if times > 1 {
		return slog.LevelDebug
	}
	return level
}

func (n *Node) logClock(e swim.ClockOff) {
	direction := "ahead of"
	if e.By < 0 {
		direction = "behind"
	}
	n.log.Warn("the clock of this machine is far "+direction+" the clocks of most members: set it", "by", e.By.Abs().Round(time.Hour))
}

// logWaiting warns from the third attempt on: among hosts that start together the first
// attempts often fail.
func (n *Node) logWaiting(e swim.JoinWaiting) {
	level := slog.LevelDebug
	if e.Attempt >= 3 {
		level = slog.LevelWarn
	}
	because := reasons(e.Failed)
	if e.Err != nil {
		because = shorten(e.Err.Error(), longestFailure)
	}
	n.log.Log(n.ctx, level, "not joined yet", "joined", e.Joined, "wanted", e.Wanted, "attempt", e.Attempt,
		"retryIn", e.Retry.Round(time.Millisecond), "because", because)
}

func (n *Node) logJoined(e swim.Joined) {
	switch {
	case e.Alone:
		n.log.Warn("the list of hosts names no host but this one: it is a cluster of its own until others join it")
	case len(e.Hosts) < e.Wanted:
		n.log.Warn("joined fewer hosts than wanted", "hosts", e.Hosts, "wanted", e.Wanted, "because", reasons(e.Failed))
	default:
		n.log.Info("joined", "hosts", e.Hosts)
	}
}
