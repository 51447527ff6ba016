package vector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/node/ring"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// statsView is an answer of /admin/stats.
type statsView struct {
	body    any
	parsed  wire.Stats
	members []wire.Member // sorted by address
}

// stats asks the node what it believes.
func (s *session) stats(ctx context.Context) (*statsView, error) {
	raw, err := s.ask(ctx, nil, wire.EndpointStats, []byte("{}"))
	if err != nil {
		return nil, err
	}
	v := new(statsView)
	if v.body, err = s.checkAnswer(wire.EndpointStats, raw); err != nil {
		return nil, err
	}
	if err := wire.Unmarshal(raw, &v.parsed); err != nil {
		return nil, fmt.Errorf("stats: %w", err)
	}
	v.members = slices.SortedFunc(slices.Values(v.parsed.Membership.Members), func(a, b wire.Member) int {
		return strings.Compare(string(a.Address), string(b.Address))
	})
	return v, nil
}

// checkChecksums compares the checksums that the node reports with those that
// its own list of members has.
func (v *statsView) checkChecksums(flavour swim.Flavour) error {
	if got, want := v.parsed.Membership.Checksum, wire.Checksum(flavour, v.members); got != want {
		return fmt.Errorf("membership checksum is %d, that of the members is %d", got, want)
	}
	r := v.ring()
	if got, want := slices.Sorted(slices.Values(v.parsed.Ring.Servers)), r.Servers(); !slices.Equal(got, want) {
		return fmt.Errorf("servers of the ring are %v, pingable are %v", got, want)
	}
	if got, want := v.parsed.Ring.Checksum, r.Checksum(); got != want {
		return fmt.Errorf("ring checksum is %d, that of the pingable members is %d", got, want)
	}
	if got, ok := v.parsed.Ring.Checksums["replica"]; ok && got != r.ReplicaChecksum() {
		return fmt.Errorf("replica checksum is %d, that of the pingable members is %d", got, r.ReplicaChecksum())
	}
	return nil
}

// ring returns the ring of the pingable ones of the members.
func (v *statsView) ring() *ring.Ring {
	var changes []ring.Change
	for _, m := range v.members {
		if m.Status.Pingable() {
			changes = append(changes, ring.Change{Server: string(m.Address), Identity: m.Identity()})
		}
	}
	r, _ := ring.New(ring.DefaultReplicaPoints).Update(changes)
	return r
}

// unchanged returns an error if a membership is not as it was.
func unchanged(before, after []wire.Member) error {
	var differences []string
	for _, m := range after {
		i, found := slices.BinarySearchFunc(before, m.Address, func(b wire.Member, a wire.Address) int {
			return strings.Compare(string(b.Address), string(a))
		})
		switch {
		case !found:
			differences = append(differences, fmt.Sprintf("%s %v@%d is new", m.Address, m.Status, m.Incarnation))
		case !sameMember(before[i], m):
			differences = append(differences, fmt.Sprintf("%s was %v@%d %v and is %v@%d %v", m.Address,
				before[i].Status, before[i].Incarnation, before[i].Labels, m.Status, m.Incarnation, m.Labels))
		}
	}
	if len(after) < len(before) {
		differences = append(differences, fmt.Sprintf("%d members of %d are left", len(after), len(before)))
	}
	if len(differences) == 0 {
		return nil
	}
	return errors.New("the membership has changed: " + strings.Join(differences, ", "))
}

func sameMember(a, b wire.Member) bool {
	return a.Status == b.Status && a.Incarnation == b.Incarnation && maps.Equal(a.Labels, b.Labels)
}

// asChanges returns patterns for the list of changes that a membership is sent
// as.
func asChanges(members []wire.Member) []any {
	list := make([]any, len(members))
	for i, m := range members {
		c := map[string]any{
			"address": string(m.Address), "incarnationNumber": m.Incarnation, "status": m.Status.String(),
		}
		if m.Status == wire.Tombstone {
			c["status"], c["tombstone"] = "faulty", true
		}
		if len(m.Labels) > 0 {
			labels := map[string]any{}
			for k, v := range m.Labels {
				labels[k] = v
			}
			c["labels"] = labels
		}
		list[i] = c
	}
	return list
}
