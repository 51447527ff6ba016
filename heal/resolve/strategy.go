package resolve

import (
	"fmt"
	"slices"
)

// Strategy is the rule by which a node decides whether its side of a split may serve.
type Strategy uint8

// The strategies. The zero value is [Off].
const (
	// Off is no resolver: every side serves, as in Ringpop.
	Off Strategy = iota
	// StaticQuorum keeps a side of at least QuorumSize members.
	StaticQuorum
	// KeepMajority keeps the side with more than half of the members, or with half of
	// them and the lowest address.
	KeepMajority
	// KeepOldest keeps the side of the oldest member.
	KeepOldest
	// KeepReferee keeps the side of a member that the configuration names.
	KeepReferee
	// DownAll keeps no side.
	DownAll
	// LeaseMajority keeps the side that advances a record in a store outside of the
	// cluster. The majority asks first.
	LeaseMajority
)

var strategyNames = []string{"off", "static-quorum", "keep-majority", "keep-oldest", "keep-referee", "down-all", "lease-majority"}

// ParseStrategy returns the strategy of a name, or an error that lists the names.
func ParseStrategy(name string) (Strategy, error) {
	i := slices.Index(strategyNames, name)
	if i < 0 {
		return Off, fmt.Errorf("no strategy %.40q, there are %v", name, strategyNames)
	}
	return Strategy(i), nil
}

// String returns the name of the strategy.
func (s Strategy) String() string {
	if int(s) < len(strategyNames) {
		return strategyNames[s]
	}
	return fmt.Sprintf("Strategy(%d)", uint8(s))
}

// MarshalText returns the name of the strategy.
func (s Strategy) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is [ParseStrategy].
func (s *Strategy) UnmarshalText(text []byte) (err error) {
	*s, err = ParseStrategy(string(text))
	return err
}
