package swim

// Purpose says why a node makes a call, for metrics, logs and simulations. Nothing of it
// is on the wire.
type Purpose uint8

// The purposes of calls.
const (
	// Probe is the ping of a protocol period.
	Probe Purpose = iota
	// IndirectProbe is a ping-req: another member is asked to ping one that did not
	// answer.
	IndirectProbe
	// Relay is a ping on behalf of another member, or another one of a target that
	// helpers have not reached, before or after it is suspect.
	Relay
	// Push is a ping that passes on many changes at once, or the rest of them.
	Push
	// Join is a join of bootstrap.
	Join
	// FullSync is a join that fetches the membership of a node that has pinged.
	FullSync
	// HealAttempt is a join that asks a node which may be on another side of a
	// partition for its membership.
	HealAttempt
	// HealReincarnate is a ping that makes members of another side suspect, upon which
	// they reincarnate. HealMerge is one that tells it the membership.
	HealReincarnate
	HealMerge
	// Evict is a ping that says that the node is evicting itself.
	Evict
	// ResolveState asks a node whether it may serve.
	ResolveState
)

var purposes = [...]string{
	Probe: "probe", IndirectProbe: "indirect-probe", Relay: "relay", Push: "push", Join: "join", FullSync: "full-sync",
	HealAttempt: "heal-attempt", HealReincarnate: "heal-reincarnate", HealMerge: "heal-merge", Evict: "evict",
	ResolveState: "resolve-state",
}

// String returns the purpose in lower-case words.
func (p Purpose) String() string { return purposes[p] }

// Heals reports whether a call serves to heal a partition and is not part of gossip.
func (p Purpose) Heals() bool { return p == HealAttempt || p == HealReincarnate || p == HealMerge }
