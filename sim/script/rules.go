package script

import (
	"fmt"
	"strings"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
)

// The rule sets that can be compared.
const (
	// RulesRingmend are this project's own.
	RulesRingmend = "ringmend"
	// RulesRingpop are those of the published nodes, with their defects: see
	// [core.Config.Ringpop] and [swim.Rules].
	RulesRingpop = "ringpop"
)

// FixedDetection, as a rule that is added, stands for Ringpop's fixed times of detection.
const FixedDetection = "fixed-detection"

// RuleSets returns the names of the rule sets. With a plus sign one of [swim.RuleNames]
// can be added to one: ringmend+no-eager-push is ours without eager pushes.
func RuleSets() []string { return []string{RulesRingmend, RulesRingpop} }

// ApplyRules changes the settings of a node to those of a rule set.
func ApplyRules(name string, c *core.Config) error {
	base, more, _ := strings.Cut(name, "+")
	switch base {
	case RulesRingmend:
	case RulesRingpop:
		c.Ringpop()
		c.Swim.Rules = c.Swim.Rules.WithDefects()
	default:
		return fmt.Errorf("no rules %q, there are %s", name, strings.Join(RuleSets(), ", "))
	}
	for more != "" {
		var rule string
		rule, more, _ = strings.Cut(more, "+")
		if rule == FixedDetection {
			c.Swim.Detection = swim.Detection{}
			continue
		}
		if err := c.Swim.Rules.Set(rule); err != nil {
			return err
		}
	}
	return nil
}

// CheckRules returns an error if there is no rule set of a name.
func CheckRules(name string) error { return ApplyRules(name, new(core.Config)) }

// OwnRules returns the names of the rules that this project's nodes follow and the
// published ones do not.
func OwnRules() []string {
	ours := swim.RingpopRules()
	var names []string
	for _, name := range swim.RuleNames() {
		r := ours
		if r.Set(name) == nil && r == ours {
			names = append(names, name)
		}
	}
	return names
}
