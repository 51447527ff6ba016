package format

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// The names of what a cut makes in a firewall. They are reserved for cuts.
const (
	// Chain is the chain of iptables, in the table "filter". There may be others
	// below it, see [IsChain].
	Chain = "RINGMEND"
	// AboutChain is a chain that nothing leads to. Its rules say in their comments
	// what the cut is, see [rules.About].
	AboutChain = "RINGMEND-ABOUT"
	// NFTAboutChain is the same in the table of nftables.
	NFTAboutChain = "about"
	// Table is the table of nftables, in the family "inet".
	Table = "ringmend"
	// Anchor is the anchor of pf. macOS evaluates those below com.apple.
	Anchor = "com.apple/ringmend"
	// JumpComment marks the one rule in a chain of the user's.
	JumpComment = "ringmend"
	// Queue is the number of the queue in which packets wait for a decision, and
	// Admitted and Refused are the marks that they leave it with.
	Queue    = 29286
	Admitted = 0x72696e67
	Refused  = 0x6d656e64
)

// The formats.
const (
	Restore  = "iptables-restore"
	IPTables = "iptables"
	NFT      = "nft"
	PF       = "pf"
)

// Names are the formats that [Cut] and [Heal] know.
var Names = []string{Restore, IPTables, NFT, PF}

// Errors of [Cut] and [Heal], wrapped.
var (
	// ErrUnknown says that there is no such format.
	ErrUnknown = errors.New("unknown format")
	// ErrAsk says that a format has no words for [rules.Ask].
	ErrAsk = errors.New("only iptables can leave a decision to a program")
)

// Cut writes a plan in a format. The error wraps [ErrUnknown], [ErrAsk] or
// [rules.ErrTooMany].
func Cut(name string, plan *rules.Plan) (string, error) {
	if plan.Asks() && (name == NFT || name == PF) {
		return "", fmt.Errorf("%w, not %s", ErrAsk, name)
	}
	switch name {
	case Restore:
		return restoreCut(plan)
	case IPTables:
		return iptablesCut(plan)
	case NFT:
		return nftCut(plan), nil
	case PF:
		return pfCut(plan), nil
	default:
		return "", fmt.Errorf("%w %q: one of %s is expected", ErrUnknown, name, strings.Join(Names, ", "))
	}
}

// Heal writes what takes back any cut of that format at a hook. It needs no plan:
// the place of the rules goes, with whatever is in it.
func Heal(name string, hook rules.Hook) (string, error) {
	switch name {
	case Restore:
		return restoreHeal(hook), nil
	case IPTables:
		return iptablesHeal(hook), nil
	case NFT:
		return nftHeal, nil
	case PF:
		return pfHeal, nil
	default:
		return "", fmt.Errorf("%w %q: one of %s is expected", ErrUnknown, name, strings.Join(Names, ", "))
	}
}
