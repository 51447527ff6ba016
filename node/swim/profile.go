package swim

import (
	"fmt"
	"slices"
	"strings"
)

// Rules name the differences between nodes of this project and the published Ringpop nodes.
// The zero value is this project's behaviour: each field turns one of its rules off, or one
// defect of the published nodes on. docs/protocol.md gives the reasons, rule by rule.
type Rules struct {
	// NoEagerPush means that all changes wait for their turn in the protocol period, however
	// many there are.
	NoEagerPush bool
	// WaitsForSilentHelpers means that a probe ends only when all helpers have answered
	// or failed, even if one has not reached the target.
	WaitsForSilentHelpers bool
	// RepeatsRequest means that an answer repeats the changes of a large request.
	RepeatsRequest bool
	// FullPings means that a ping carries all pending changes, however many, also between
	// nodes that have the same membership.
	FullPings bool
	// FullPingReqs means that ping-reqs, their answers and the pings that they ask for
	// carry all pending changes, however many.
	FullPingReqs bool
	// NoHeadStart means that all changes are sent equally often, also those that all
	// nodes find out themselves.
	NoHeadStart bool
	// NoReminder means that a member is no longer told what is believed of it once
	// that was sent often enough, to any members; and that a node that is missing
	// from a membership it receives does not make itself known.
	NoReminder bool
	// TrustsDeadSenders means that a request of a member that is held faulty, or one that
	// comes late, is taken like any other, and so is a whole membership: see
	// partition_guard.go.
	TrustsDeadSenders bool
	// FailedHelperConvicts means that the failure of a helper counts against the target
	// when there are fewer helpers than should be asked; and that nothing does when all
	// of them fail, however often.
	FailedHelperConvicts bool
	// SuspectsUnready means that a member that refuses pings because it has not joined yet
	// is treated like one that does not answer.
	SuspectsUnready bool
	// SyncsEveryRequest means that a process that was stopped answers each request that has
	// waited for it with the whole membership, and that fetches from one node are not
	// limited.
	SyncsEveryRequest bool
	// StrangersBySyncOnly means that a node asks an unknown node for its membership only
	// as the second half of a full sync, and does not join the nodes that call it before
	// bootstrap is over.
	StrangersBySyncOnly bool
	// AppInPingsOnly means that ping-reqs and answers of pings and ping-reqs do not name the
	// app of their sender.
	AppInPingsOnly bool
	// IgnoresStrangers means that it never asks. (No published node does that.)
	IgnoresStrangers bool

	// The rest are plain defects of published nodes. They show on the wire only by their
	// consequences.

	// StuckSuspect means that a suspicion timer belongs to an address alone. When a member
	// turns suspect again, at a higher incarnation, the timer of the first time
	// runs on; then it declares the member faulty at the old incarnation, which
	// no node believes, and the member stays suspect for ever.
	StuckSuspect bool
	// ClockRefutes means that a node refutes at the incarnation that its clock shows, even
	// if the accusation is from the same millisecond or from the future.
	ClockRefutes bool
	// FailedCountsAsSent means that the changes of a ping-req count as sent when it
	// failed, and that the end of a call counts for changes that have replaced
	// those that it carried.
	FailedCountsAsSent bool
}

// RingpopRules returns the rules by which a node does on the wire what the published
// nodes do, and nothing more. It has none of their defects that lose members.
func RingpopRules() Rules {
	return Rules{
		NoEagerPush:           true,
		WaitsForSilentHelpers: true,
		RepeatsRequest:        true,
		FullPings:             true,
		FullPingReqs:          true,
		NoHeadStart:           true,
		NoReminder:            true,
		TrustsDeadSenders:     true,
		FailedHelperConvicts:  true,
		SuspectsUnready:       true,
		SyncsEveryRequest:     true,
		StrangersBySyncOnly:   true,
		AppInPingsOnly:        true,
	}
}

// WithDefects returns the rules with all defects of the published nodes.
func (r Rules) WithDefects() Rules {
	r.StuckSuspect, r.ClockRefutes, r.FailedCountsAsSent = true, true, true
	return r
}

var ruleNames = []struct {
	name string
	of   func(*Rules) *bool
}{
	{"no-eager-push", func(r *Rules) *bool { return &r.NoEagerPush }},
	{"waits-for-silent-helpers", func(r *Rules) *bool { return &r.WaitsForSilentHelpers }},
	{"repeats-request", func(r *Rules) *bool { return &r.RepeatsRequest }},
	{"full-pings", func(r *Rules) *bool { return &r.FullPings }},
	{"full-ping-reqs", func(r *Rules) *bool { return &r.FullPingReqs }},
	{"no-head-start", func(r *Rules) *bool { return &r.NoHeadStart }},
	{"no-reminder", func(r *Rules) *bool { return &r.NoReminder }},
	{"trusts-dead-senders", func(r *Rules) *bool { return &r.TrustsDeadSenders }},
	{"failed-helper-convicts", func(r *Rules) *bool { return &r.FailedHelperConvicts }},
	{"suspects-unready", func(r *Rules) *bool { return &r.SuspectsUnready }},
	{"syncs-every-request", func(r *Rules) *bool { return &r.SyncsEveryRequest }},
	{"strangers-by-sync-only", func(r *Rules) *bool { return &r.StrangersBySyncOnly }},
	{"app-in-pings-only", func(r *Rules) *bool { return &r.AppInPingsOnly }},
	{"ignores-strangers", func(r *Rules) *bool { return &r.IgnoresStrangers }},
	{"stuck-suspect", func(r *Rules) *bool { return &r.StuckSuspect }},
	{"clock-refutes", func(r *Rules) *bool { return &r.ClockRefutes }},
	{"failed-counts-as-sent", func(r *Rules) *bool { return &r.FailedCountsAsSent }},
}

// RuleNames returns the names that [Rules.Set] knows.
func RuleNames() []string {
	var names []string
	for _, r := range ruleNames {
		names = append(names, r.name)
	}
	return names
}

// Set sets the field of a name, such as no-eager-push. The error names those there are.
func (r *Rules) Set(name string) error {
	i := slices.Index(RuleNames(), name)
	if i < 0 {
		return fmt.Errorf("no rule %q, there are %s", name, strings.Join(RuleNames(), ", "))
	}
	*ruleNames[i].of(r) = true
	return nil
}

// The methods below name the rules from the caller's point of view.

func (r *Rules) pushesEagerly() bool     { return !r.NoEagerPush }
func (r *Rules) asksTargetAgain() bool   { return !r.WaitsForSilentHelpers }
func (r *Rules) repeatsRequest() bool    { return r.RepeatsRequest }
func (r *Rules) mayPingWithPart() bool   { return !r.FullPings }
func (r *Rules) mayAskWithPart() bool    { return !r.FullPingReqs }
func (r *Rules) tellsBadNewsLess() bool  { return !r.NoHeadStart }
func (r *Rules) reminds() bool           { return !r.NoReminder }
func (r *Rules) guardsAgainstDead() bool { return !r.TrustsDeadSenders }
func (r *Rules) sparesUnready() bool     { return !r.SuspectsUnready }
func (r *Rules) limitsSyncs() bool       { return !r.SyncsEveryRequest }
func (r *Rules) meetsStrangers() bool    { return !r.StrangersBySyncOnly && !r.IgnoresStrangers }
func (r *Rules) syncsWithStrangers() bool {
	return r.StrangersBySyncOnly && !r.IgnoresStrangers
}

// silentHelperConvicts reports whether the silence of one of so many helpers counts like
// its word that it could not reach the target.
func (r *Rules) silentHelperConvicts(helpers, asked int) bool {
	return r.FailedHelperConvicts && helpers < asked
}

// isolationConvicts reports whether members are suspected when no node answers at all.
func (r *Rules) isolationConvicts() bool { return !r.FailedHelperConvicts }
