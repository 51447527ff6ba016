package resolve

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

func TestSettings(t *testing.T) {
	for _, test := range []struct {
		strategy Strategy
		change   func(*Config)
		says     string
	}{
		{KeepMajority, func(*Config) {}, ""},
		{Off, func(c *Config) { c.Tick = -1 }, ""},
		{StaticQuorum, func(*Config) {}, ""},
		{LeaseMajority + 1, func(*Config) {}, "Strategy(7)"},
		{StaticQuorum, func(c *Config) { c.QuorumSize = 0 }, "QuorumSize is 0"},
		{KeepReferee, func(c *Config) { c.Referee = "" }, "Referee is empty"},
		{KeepReferee, func(c *Config) { c.Minimum = 0 }, "Minimum is 0"},
		{KeepReferee, func(c *Config) { c.Role = "x" }, `Role is "x"`},
		{DownAll, func(c *Config) { c.Tick = 0 }, "Tick is 0s"},
		{DownAll, func(c *Config) { c.StableAfter = 0 }, "StableAfter"},
		{DownAll, func(c *Config) { c.UnstableAfter = -1 }, "UnstableAfter"},
		{DownAll, func(c *Config) { c.Settle = 19 * time.Second }, "Settle is 19s, it must be at least 20s"},
		{DownAll, func(c *Config) { c.StableAfter = 30 * time.Second }, "Settle is 20s, it must be at least 30s"},
		{DownAll, func(c *Config) { c.UnfenceAfter = 0 }, "UnfenceAfter"},
		{DownAll, func(c *Config) { c.MaxPause = 0 }, "MaxPause"},
		{DownAll, func(c *Config) { c.MinorityDelay = -1 }, "MinorityDelay"},
		{DownAll, func(c *Config) { c.LeaseTimeout = 0 }, "LeaseTimeout"},
		{DownAll, func(c *Config) { c.WhenUnstable = 2 }, "WhenUnstable"},
	} {
		cfg := config(test.strategy)
		test.change(&cfg)
		err := cfg.Validate()
		if test.says == "" && err != nil || test.says != "" && (!errors.Is(err, swim.ErrConfig) || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%v: %v, want %q", test.strategy, err, test.says)
		}
	}
}

func TestStrategyNames(t *testing.T) {
	for s := Off; s <= LeaseMajority; s++ {
		text, _ := s.MarshalText()
		var back Strategy
		if err := back.UnmarshalText(text); err != nil || back != s {
			t.Errorf("%v: %v, %v", s, back, err)
		}
	}
	if _, err := ParseStrategy("Keep-Majority"); err == nil || !strings.Contains(err.Error(), "keep-oldest") {
		t.Errorf("%v", err)
	}
}

func TestAddressOrder(t *testing.T) {
	list := []wire.Address{"b:2", "a:30", "a:4", "10.0.0.2:1", "[::1]:5", "a", "10.0.0.10:1"}
	slices.SortFunc(list, CompareAddresses)
	want := []wire.Address{"10.0.0.10:1", "10.0.0.2:1", "[::1]:5", "a", "a:4", "a:30", "b:2"}
	if !slices.Equal(list, want) {
		t.Errorf("%v", list)
	}
}

// Whatever two nodes on two sides believe: when each counts those whom the other one counts
// as its own, not both are kept.
func TestTwoCountsNeverBothKeep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "members")
		var one, two Sides
		for i := range n {
			m := Counted{addr(i), int64(rapid.IntRange(0, 9).Draw(t, "born"))}
			switch rapid.IntRange(0, 4).Draw(t, "where") {
			case 0: // one counts it as its own, so two knows it
				one.Own, two.Other = append(one.Own, m), append(two.Other, m)
			case 1:
				two.Own, one.Other = append(two.Own, m), append(one.Other, m)
			case 2:
				one.Other, two.Other = append(one.Other, m), append(two.Other, m)
			case 3:
				one.Other = append(one.Other, m)
			case 4:
				two.Other = append(two.Other, m)
			}
		}
		rules := Rules{
			Strategy:   Strategy(rapid.IntRange(int(StaticQuorum), int(DownAll)).Draw(t, "strategy")),
			QuorumSize: rapid.IntRange(1, n).Draw(t, "quorum"), DownIfAlone: rapid.Bool().Draw(t, "down if alone"),
			Referee: addr(rapid.IntRange(0, n).Draw(t, "referee")), Minimum: rapid.IntRange(1, n).Draw(t, "minimum"),
		}
		if a, b := rules.Decide(one), rules.Decide(two); a.Keep && b.Keep {
			t.Fatalf("both are kept: %+v and %+v", a, b)
		}
	})
}
