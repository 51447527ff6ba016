package sim

import (
	"maps"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
)

// The rule sets that can be compared.
const (
	// RulesRingmend are this project's own.
	RulesRingmend = "ringmend"
	// RulesRingpop are those of the published nodes: one probe at a time, patience
	// for two minutes when joining, a heal every 30 s with probability 3/n that
	// does not come back to finish what it began, and the [swim.Defects].
	RulesRingpop = "ringpop"
)

var ruleSets = map[string]func(*core.Config){
	RulesRingmend: func(*core.Config) {},
	RulesRingpop: func(c *core.Config) {
		c.Swim.Defects = swim.Defects{
			StuckSuspect: true, ClockRefutes: true, FailedCountsAsSent: true, HelperConvicts: true, NoReminder: true, HearsTheDead: true, Unhurried: true,
			TellsTwice: true,
		}
		c.Swim.MaxProbes = 1
		c.Swim.JoinPatience = 2 * time.Minute
		c.Swim.JoinMaxDelay = time.Minute
		c.Heal.Ringpop = true
	},
}

// RuleSets returns the names of the rule sets.
func RuleSets() []string { return slices.Sorted(maps.Keys(ruleSets)) }
