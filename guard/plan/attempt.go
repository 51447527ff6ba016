package plan

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node/wire"
)

// Why an attempt ended without a merge.
var (
	// ErrCut means that no node of one side reaches one of the other.
	ErrCut = errors.New("the sides do not reach each other")
	// ErrChanged means that the memberships are not those any more for which the attempt
	// was made: to go on might kill a member.
	ErrChanged = errors.New("the memberships have changed")
	// ErrOtherApp means that the sides are rings of two applications.
	ErrOtherApp = errors.New("the sides are of two apps")
	// ErrStrangers means that nothing says that the sides are of one ring: they do not know
	// of each other, and the operator has not named a node of each.
	ErrStrangers = errors.New("the sides do not know each other")
	// ErrNoAnswer means that a node did not answer, or not as it should.
	ErrNoAnswer = errors.New("no answer")
)

// MaxTold is how many nodes of a side are told of the other. One would do: the others
// save gossip its first steps.
const MaxTold = 5

// Attempt is one attempt to merge two sides. Its calls are made list by list, all of
// one list at the same time, and [Attempt.Answered] gets the results:
//
//	look at one node of each side   would a merge of the two kill a member?
//	ask one to ping the other       is the network back?
//	look at some nodes of each      would it now?
//	tell them of the other side
type Attempt struct {
	pair  *Pair
	rng   *rand.Rand
	stage stage
	x, y  wire.Address
	calls []Call
	err   error
	told  int  // members
	asked bool // one to ping the other
	// fresh attempts ask for pings over new connections.
	fresh, stalled bool
	stranger       []wire.Change // what introduces the target to the one that is asked
	joined         bool          // the sides are one already: see [joined]
}

type stage uint8

const (
	checking stage = iota
	asking
	checkingAll
	telling
	done
)

// NewAttempt begins an attempt to merge a pair that [Pair.Ready] for it. It is fresh if the
// connections between the sides may have stalled.
func NewAttempt(pair *Pair, fresh bool, rng *rand.Rand) *Attempt {
	a := &Attempt{pair: pair, rng: rng, fresh: fresh}
	a.x, a.y = pick(rng, pair.A.Nodes), pick(rng, pair.B.Nodes)
	if rng.IntN(2) == 0 { // who asks whom does not matter to the rings, but to firewalls
		a.x, a.y = a.y, a.x
	}
	a.calls = []Call{{Kind: Look, Node: a.x}, {Kind: Look, Node: a.y}}
	return a
}

// Ready returns nil when, as far as is known, the sides may be merged: they are parts
// of one ring, and a merge kills no member.
func (p *Pair) Ready() error {
	switch {
	case p.Relation == Strangers:
		return ErrStrangers
	case !p.Plan.CanMerge():
		return fmt.Errorf("%d members must reincarnate first", len(p.Plan.Ours)+len(p.Plan.Theirs))
	}
	return nil
}

func pick(rng *rand.Rand, nodes []wire.Address) wire.Address { return nodes[rng.IntN(len(nodes))] }

// sample returns up to most of the nodes, in any order, without some.
func sample(rng *rand.Rand, nodes []wire.Address, most int, without ...wire.Address) []wire.Address {
	others := slices.DeleteFunc(slices.Clone(nodes), func(n wire.Address) bool { return slices.Contains(without, n) })
	rng.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	return others[:min(len(others), most)]
}

// Calls returns the calls to make now, none when the attempt is over.
func (a *Attempt) Calls() []Call { return a.calls }

// Between returns the two nodes of which one is asked whether it reaches the other.
func (a *Attempt) Between() (asked, target wire.Address) { return a.x, a.y }

// Pair returns the sides.
func (a *Attempt) Pair() *Pair { return a.pair }

// Result returns how many members the sides were told of, once the attempt is over, or
// why it ended before.
func (a *Attempt) Result() (told int, err error) { return a.told, a.err }

// Merged reports whether both sides were told of each other.
func (a *Attempt) Merged() bool { return a.stage == done && a.err == nil }

// Answered goes on with how all calls went, in their order.
func (a *Attempt) Answered(answers []Answer) {
	calls := a.calls
	a.calls = nil
	switch a.stage {
	case checking:
		if _, ok := a.check(calls, answers); ok {
			a.ask(calls, answers)
		}
	case asking:
		switch answer := answers[0]; {
		case errors.As(answer.Err, new(*wire.RemoteError)) && a.stranger != nil:
			again := calls[0]
			again.Changes, a.stranger = a.stranger, nil
			a.calls = []Call{again}
		case answer.Err != nil:
			a.end(fmt.Errorf("%w: %s: %w", ErrNoAnswer, calls[0].Node, answer.Err))
		case !answer.Reached:
			a.stalled = answer.Stalled
			a.end(fmt.Errorf("%w: %s does not reach %s", ErrCut, a.x, a.y))
		default:
			a.lookAtAll()
		}
	case checkingAll:
		if now, ok := a.check(calls, answers); ok {
			a.tell(calls, answers, now)
		}
	case telling:
		a.end(a.heard(calls, answers))
	}
}

func (a *Attempt) end(err error) { a.stage, a.err = done, err }

// check ends the attempt unless the nodes that were looked at may be merged: they are
// of one app, and a merge of what they believe now kills no member. It returns what the
// sides believe. Nodes that did not answer are left out, except the first two, which
// matter most.
func (a *Attempt) check(calls []Call, answers []Answer) (now [2]*beliefs, ok bool) {
	var sides [2][]admin.Partition
	app := answers[0].App
	for i, answer := range answers {
		node := calls[i].Node
		if answer.Err != nil {
			if i < 2 {
				a.end(fmt.Errorf("%w: %s: %w", ErrNoAnswer, node, answer.Err))
				return now, false
			}
			continue
		}
		if answer.App != app {
			a.end(fmt.Errorf("%w: %q and %q", ErrOtherApp, app, answer.App))
			return now, false
		}
		side := a.sideOf(node)
		sides[side] = append(sides[side], admin.Partition{Nodes: []wire.Address{node}, Members: answer.Members})
	}
	now = [2]*beliefs{newBeliefs(sides[0]), newBeliefs(sides[1])}
	fresh := compare(now[0], now[1])
	if !fresh.CanMerge() {
		a.end(fmt.Errorf("%w: %s", ErrChanged, first(fresh)))
		return now, false
	}
	return now, true
}

// first returns the first line of a plan.
func first(p heal.Plan) string {
	r := slices.Concat(p.Ours, p.Theirs)[0]
	return fmt.Sprintf("%s is %v on its side and %v on the other", r.Suspect.Address, r.Lives, r.Killer)
}

// ask asks one node to ping the other. Ringmend's nodes call no strangers: if neither knows
// the other, as an island and its ring, they refuse, and are asked again by a request that
// carries the target as a change. Others are not asked so, for a node that is told of a member
// across a cut soon holds it faulty.
func (a *Attempt) ask(calls []Call, answers []Answer) {
	a.stage, a.asked = asking, true
	from, to := 0, 1
	if !lists(answers[from].Members, calls[to].Node) && lists(answers[to].Members, calls[from].Node) {
		from, to = to, from
	}
	a.x, a.y = calls[from].Node, calls[to].Node
	ask := Call{Kind: Ask, Node: a.x, Target: a.y, Checksum: answers[from].Checksum, App: answers[from].App, Fresh: a.fresh}
	if !lists(answers[from].Members, a.y) {
		if own := admin.FindMember(answers[to].Members, a.y); own != nil && own.Status == wire.Alive {
			a.stranger = []wire.Change{changeOf(*own)}
		}
	}
	a.calls = []Call{ask}
}

func lists(members []wire.Member, member wire.Address) bool {
	return admin.FindMember(members, member) != nil
}

// lookAtAll looks at those that are going to be told.
func (a *Attempt) lookAtAll() {
	a.stage = checkingAll
	nodes := []wire.Address{a.x, a.y}
	for _, side := range []*admin.Side{&a.pair.A, &a.pair.B} {
		nodes = append(nodes, sample(a.rng, side.Nodes, MaxTold-1, a.x, a.y)...)
	}
	for _, node := range nodes {
		a.calls = append(a.calls, Call{Kind: Look, Node: node})
	}
}

// tell tells each node that was looked at of the other side, as the nodes of that see
// it now.
func (a *Attempt) tell(calls []Call, answers []Answer, now [2]*beliefs) {
	a.stage = telling
	for i, answer := range answers {
		if answer.Err != nil {
			continue
		}
		changes := news(now[1-a.sideOf(calls[i].Node)], answer.Members)
		if len(changes) == 0 {
			continue
		}
		a.told += len(changes)
		a.calls = append(a.calls, Call{
			Kind: Tell, Node: calls[i].Node, Changes: changes, Checksum: answer.Checksum, App: answer.App,
		})
	}
	if len(a.calls) == 0 {
		a.end(nil) // the ping did it
	}
}

func (a *Attempt) sideOf(node wire.Address) int {
	if a.pair.b.nodes[node] {
		return 1
	}
	return 0
}

// heard returns nil when any node accepted what it was sent: gossip, which reaches
// both sides, does the rest.
func (a *Attempt) heard(calls []Call, answers []Answer) error {
	for _, answer := range answers {
		if answer.Err == nil {
			return nil
		}
	}
	return fmt.Errorf("%w: %s: %w", ErrNoAnswer, calls[0].Node, answers[0].Err)
}
