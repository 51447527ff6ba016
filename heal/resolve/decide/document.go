package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/heal/resolve/akka"
	"github.com/ringmend/ringmend/node/wire"
)

const version = 1

// The limits of a document.
const (
	maxBytes   = 16 << 20
	maxMembers = 10_000
	maxEvents  = 100_000
	maxTicks   = 100_000
	maxWork    = 20_000_000        // ticks times members
	maxMillis  = 1_000_000_000_000 // 31 years
)

// head is what all documents have. It is read first, leniently: an error about the rest
// can then name the document.
type head struct {
	ID   jsontext.Value `json:"id"`
	Kind string         `json:"kind"`
}

// document is one of the kind decision.
type document struct {
	Version      int            `json:"version"`
	ID           jsontext.Value `json:"id"`
	Kind         string         `json:"kind"`
	Mode         string         `json:"mode"`
	Strategy     string         `json:"strategy"`
	Settings     settings       `json:"settings"`
	SelfDC       string         `json:"self_dc"`
	Members      []member       `json:"members"`
	Side         *[]address     `json:"side"`
	Unreachable  *[]address     `json:"unreachable"`
	Reachability []record       `json:"reachability"`
	SeenBy       []address      `json:"seen_by"`
}

type settings struct {
	Role            string  `json:"role"`
	QuorumSize      int     `json:"quorum_size"`
	DownIfAlone     *bool   `json:"down_if_alone"`
	Referee         address `json:"referee"`
	Minimum         *int    `json:"down_all_if_less_than_nodes"`
	MinorityDelayMS *int64  `json:"acquire_lease_delay_for_minority_ms"`
}

type member struct {
	Address address  `json:"address"`
	Status  string   `json:"status"`
	Age     *int64   `json:"age"`
	Roles   []string `json:"roles"`
	DC      *string  `json:"dc"`
}

type record struct {
	Observer address `json:"observer"`
	Subject  address `json:"subject"`
}

// address is host:port, or a name alone, as the tables of Akka's tests have.
type address wire.Address

// UnmarshalText checks the address.
func (a *address) UnmarshalText(text []byte) error {
	s := string(text)
	whole := s
	if !strings.Contains(s, ":") {
		whole = s + ":1"
	}
	if _, err := wire.ParseAddress(whole); err != nil {
		return fmt.Errorf("%.80q is neither host:port nor a host", s)
	}
	*a = address(s)
	return nil
}

func addresses(list []address) []wire.Address {
	plain := make([]wire.Address, len(list))
	for i, a := range list {
		plain[i] = wire.Address(a)
	}
	return plain
}

// strict reads a document of a kind, all of whose members must be known.
func strict(value jsontext.Value, into any) error {
	err := json.Unmarshal(value, into, json.RejectUnknownMembers(true))
	var semantic *json.SemanticError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &semantic):
		return err
	case errors.Is(semantic.Err, json.ErrUnknownName):
		return fmt.Errorf("%.80s is not known", semantic.JSONPointer)
	case semantic.Err != nil:
		return fmt.Errorf("%.80s: %w", semantic.JSONPointer, semantic.Err)
	}
	return fmt.Errorf("%.80s: a JSON %v has no place there", semantic.JSONPointer, semantic.JSONKind)
}

// check returns an error about the part that both kinds have.
func (d *document) check() error {
	switch {
	case d.Version != version:
		return fmt.Errorf("version is %d, this program reads %d", d.Version, version)
	case d.Mode != "parity" && d.Mode != "guard":
		return fmt.Errorf("mode is %.40q, it must be parity or guard", d.Mode)
	case len(d.Members) > maxMembers:
		return fmt.Errorf("%d members, at most %d are read", len(d.Members), maxMembers)
	}
	seen := make(map[address]bool, len(d.Members))
	for i := range d.Members {
		m := &d.Members[i]
		if m.Address == "" {
			return fmt.Errorf("members: number %d has no address", i+1)
		}
		if seen[m.Address] {
			return fmt.Errorf("members: %s is there twice", m.Address)
		}
		seen[m.Address] = true
		if _, err := akka.ParseStatus(m.Status); err != nil {
			return fmt.Errorf("members: %s: %w", m.Address, err)
		}
	}
	return d.checkLists(seen)
}

// checkLists returns an error about an address that is of no member.
func (d *document) checkLists(known map[address]bool) error {
	check := func(name string, list ...address) error {
		for _, a := range list {
			if !known[a] {
				return fmt.Errorf("%s: %q is no member", name, string(a))
			}
		}
		return nil
	}
	err := check("seen_by", d.SeenBy...)
	for _, r := range d.Reachability {
		err = cmp.Or(err, check("reachability", r.Observer, r.Subject))
	}
	if d.Side != nil {
		err = cmp.Or(err, check("side", *d.Side...))
	}
	if d.Unreachable != nil {
		err = cmp.Or(err, check("unreachable", *d.Unreachable...))
	}
	return err
}

// rules returns the strategy with its settings.
func (d *document) rules() (akka.Rules, error) {
	strategy, err := resolve.ParseStrategy(d.Strategy)
	if err != nil {
		return akka.Rules{}, err
	}
	s := &d.Settings
	rules := akka.Rules{
		Rules: resolve.Rules{
			Strategy: strategy, Role: s.Role, QuorumSize: s.QuorumSize, Referee: wire.Address(s.Referee),
			DownIfAlone: s.DownIfAlone == nil || *s.DownIfAlone, Minimum: 1,
		},
		MinorityDelay: resolve.DefaultConfig().MinorityDelay,
	}
	if s.Minimum != nil {
		rules.Minimum = *s.Minimum
	}
	if s.MinorityDelayMS != nil {
		rules.MinorityDelay, err = millis("settings: acquire_lease_delay_for_minority_ms", *s.MinorityDelayMS)
	}
	switch {
	case err != nil:
	case strategy == resolve.Off:
		err = errors.New("strategy is off, that decides nothing")
	case strategy == resolve.StaticQuorum && s.QuorumSize < 1:
		err = fmt.Errorf("settings: quorum_size is %d, static-quorum needs at least 1", s.QuorumSize)
	case strategy == resolve.KeepReferee && s.Referee == "":
		err = errors.New("settings: referee is missing, keep-referee needs it")
	case strategy == resolve.KeepReferee && rules.Minimum < 1:
		err = fmt.Errorf("settings: down_all_if_less_than_nodes is %d, it must be at least 1", rules.Minimum)
	default:
		err = rules.Validate()
	}
	return rules, err
}

func millis(name string, ms int64) (time.Duration, error) {
	if ms < 0 || ms > maxMillis {
		return 0, fmt.Errorf("%s is %d, it must be from 0 to %d", name, ms, int64(maxMillis))
	}
	return time.Duration(ms) * time.Millisecond, nil
}

// member returns a member as Akka has it. Without a data center it is of the own one.
func (d *document) member(m *member) akka.Member {
	status, _ := akka.ParseStatus(m.Status)
	out := akka.Member{Address: wire.Address(m.Address), Status: status, Age: resolve.Youngest, Roles: m.Roles, DC: d.SelfDC}
	if m.Age != nil {
		out.Age = *m.Age
	}
	if m.DC != nil {
		out.DC = *m.DC
	}
	return out
}

func (d *document) records() []akka.Record { return records(d.Reachability) }

func records(list []record) []akka.Record {
	out := make([]akka.Record, len(list))
	for i, r := range list {
		out[i] = akka.Record{Observer: wire.Address(r.Observer), Subject: wire.Address(r.Subject)}
	}
	return out
}

// unreachable returns the unreachable members: those that the document lists, or those
// that are not on the side it gives, and the subjects of its records.
func (d *document) unreachable() []wire.Address {
	if d.Unreachable != nil {
		return addresses(*d.Unreachable)
	}
	var list []wire.Address
	for i := range d.Members {
		if a := d.Members[i].Address; d.Side != nil && !slices.Contains(*d.Side, a) {
			list = append(list, wire.Address(a))
		}
	}
	for _, r := range d.Reachability {
		list = append(list, wire.Address(r.Subject))
	}
	return list
}
