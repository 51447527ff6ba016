package sim

import (
	"maps"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/core"
)

// The rule sets that can be compared.
const (
	// RulesRingmend are this project's own.
	RulesRingmend = "ringmend"
	// RulesRingpop come as close to the published nodes as settings go: one
	// probe at a time, patience for two minutes when joining, and a heal every
	// 30 s with probability 3/n that does not come back to finish what it began.
	// The published nodes' defects in suspect timers, refutations, the counting
	// of what was sent and the verdict of few helpers have no settings.
	RulesRingpop = "ringpop"
)

var ruleSets = map[string]func(*core.Config){
	RulesRingmend: func(*core.Config) {},
	RulesRingpop: func(c *core.Config) {
		c.Swim.MaxProbes = 1
		c.Swim.JoinPatience = 2 * time.Minute
		c.Swim.JoinMaxDelay = time.Minute
		c.Heal.Ringpop = true
	},
}

// RuleSets returns the names of the rule sets.
func RuleSets() []string { return slices.Sorted(maps.Keys(ruleSets)) }
