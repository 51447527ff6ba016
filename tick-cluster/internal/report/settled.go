package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/node/wire"
)

// ErrNotSettled is wrapped by the errors of [Settled].
var ErrNotSettled = errors.New("not yet")

// Settled returns the checksums, as [Checksums] shows them, when the nodes form the given
// number of partitions and each of these is at rest: its nodes have one checksum, suspect
// no member, and hold exactly each other alive. Otherwise the error says what is missing.
// The answers are those of all running nodes, names the short names of their addresses.
func Settled(answers []Answer[*wire.Stats], names map[wire.Address]string, partitions int) (string, error) {
	checksums := make([]Answer[uint32], len(answers))
	views := map[uint32][]wire.Member{}
	for i, a := range answers {
		if a.Err != nil {
			return "", fmt.Errorf("%w: %s does not answer: %s", ErrNotSettled, a.Node, oneLine(a.Err))
		}
		checksum := a.Value.Membership.Checksum
		checksums[i] = Answer[uint32]{Node: a.Node, Value: checksum}
		views[checksum] = a.Value.Membership.Members
	}
	groups := groupBy(checksums, func(c uint32) uint32 { return c })
	if len(groups) != partitions {
		return "", fmt.Errorf("%w: the nodes have %d different checksums, not %d", ErrNotSettled, len(groups), partitions)
	}
	for _, g := range groups {
		if err := atRest(g, views[g.key], names); err != nil {
			return "", err
		}
	}
	return strings.TrimSuffix(Checksums(checksums, nil), "\n"), nil
}

func atRest(g group[uint32], members []wire.Member, names map[wire.Address]string) error {
	alive := 0
	for _, m := range members {
		name, own := names[m.Address]
		if !own {
			name = string(m.Address)
		}
		switch {
		case m.Status == wire.Suspect:
			return fmt.Errorf("%w: %s suspects %s", ErrNotSettled, g.nodes[0], name)
		case m.Status != wire.Alive:
		case !own || !slices.Contains(g.nodes, name):
			return fmt.Errorf("%w: %s holds %s alive, which is not of its side", ErrNotSettled, g.nodes[0], name)
		default:
			alive++
		}
	}
	if alive != len(g.nodes) {
		return fmt.Errorf("%w: %s holds %d of the %d nodes of its side alive", ErrNotSettled, g.nodes[0], alive, len(g.nodes))
	}
	return nil
}
