package akka

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/wire"
)

// The members of Akka's tests. Their addresses are in alphabetical order.
var published = map[byte]Member{
	'A': {Address: "a:7355", Age: 5, Roles: []string{"role3"}},
	'B': {Address: "b:7355", Age: 4, Roles: []string{"role1", "role3"}},
	'C': {Address: "c:7355", Age: 3, Roles: []string{"role2"}},
	'D': {Address: "d:7355", Age: 2, Roles: []string{"role1", "role2", "role3"}},
	'E': {Address: "e:7355", Age: 1},
	'F': {Address: "f:7355", Age: 5},
	'G': {Address: "g:7355", Age: 6},
}

// named returns a member by its name in a table: its letter, and a second one for its
// status: joining, weakly up, leaving, exiting (x), down.
func named(name string) Member {
	m, ok := published[name[0]]
	if !ok {
		panic(name)
	}
	m.Status = Up
	if len(name) > 1 {
		m.Status = map[string]Status{"j": Joining, "w": WeaklyUp, "l": Leaving, "x": Exiting, "d": Down}[name[1:]]
		if m.Status.joining() {
			m.Age = resolve.Youngest
		}
	}
	return m
}

func members(names string) (list []Member) {
	for _, name := range strings.Fields(names) {
		list = append(list, named(name))
	}
	return list
}

func recordsOf(pairs string) (list []Record) {
	for _, pair := range strings.Fields(pairs) {
		observer, subject, _ := strings.Cut(pair, ">")
		list = append(list, Record{named(observer).Address, named(subject).Address})
	}
	return list
}

// seenFrom is the cluster as the first side of some sees it, in the way of Akka's tests:
// its first member sees all of the others as unreachable, and the side has seen the gossip.
func seenFrom(side string, others []string, indirect string) *Cluster {
	c := NewCluster("")
	records := recordsOf(indirect)
	own := members(side)
	for _, m := range own {
		c.Set(m)
	}
	for _, other := range others {
		for _, m := range members(other) {
			c.Set(m)
			records = append(records, Record{own[0].Address, m.Address})
		}
	}
	c.SetRecords(records)
	for _, r := range records {
		c.SetUnreachable(r.Subject, true)
	}
	var seen []wire.Address
	for _, m := range own {
		seen = append(seen, m.Address)
	}
	c.SetSeen(seen)
	return c
}

func letters(down []wire.Address) string {
	var list []string
	for _, a := range down {
		list = append(list, strings.ToUpper(string(a[:1])))
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func quorum(size int, role string) resolve.Rules {
	return resolve.Rules{Strategy: resolve.StaticQuorum, QuorumSize: size, Role: role}
}

func majorityWith(role string) resolve.Rules {
	return resolve.Rules{Strategy: resolve.KeepMajority, Role: role}
}

func oldest(alone bool, role string) resolve.Rules {
	return resolve.Rules{Strategy: resolve.KeepOldest, DownIfAlone: alone, Role: role}
}

func leased(role string) resolve.Rules {
	return resolve.Rules{Strategy: resolve.LeaseMajority, Role: role}
}

func referee(name string, least int) resolve.Rules {
	return resolve.Rules{Strategy: resolve.KeepReferee, Referee: named(name).Address, Minimum: least}
}

// The tables are those of SplitBrainResolverSpec, in Akka and Pekko. Each row is what one
// side decides and whom it takes down; views of the other side may differ, as there.
func TestPublishedDecisions(t *testing.T) {
	const (
		unreachable = DownUnreachable
		reachable   = DownReachable
		all         = DownAll
		indirect    = DownIndirect
	)
	majority := majorityWith("")
	down := resolve.Rules{Strategy: resolve.DownAll}
	for _, test := range []struct {
		rules    resolve.Rules
		side     string
		others   string // parts, by |
		indirect string
		want     Decision
		down     string
	}{
		// static-quorum
		{quorum(3, ""), "A C E", "B D", "", unreachable, "B D"},
		{quorum(3, ""), "B D", "A C E", "", reachable, "B D"},
		{quorum(3, ""), "A B", "C D", "", reachable, "A B"},
		{quorum(3, ""), "C D", "A B", "", reachable, "C D"},
		{quorum(2, "role3"), "A B C", "D E", "", unreachable, "D E"},
		{quorum(2, "role3"), "D E", "A B C", "", reachable, "D E"},
		{quorum(3, ""), "A B C", "D E F", "", all, "A B C D E F"},
		{quorum(3, ""), "D E F", "A B C", "", all, "A B C D E F"},
		{quorum(3, ""), "A B Cj", "D E Fj", "", reachable, "A B C"},
		{quorum(3, ""), "D E Fj", "A B Cj", "", reachable, "D E F"},
		{quorum(3, ""), "A B C", "D E Fj", "", unreachable, "D E F"},
		{quorum(3, ""), "D E Fj", "A B C", "", reachable, "D E F"},
		{quorum(3, ""), "A B Cj", "D E F", "", reachable, "A B C"},
		{quorum(3, ""), "D E F", "A B Cj", "", unreachable, "A B C"},
		{quorum(3, ""), "A B Cl", "D E", "", unreachable, "D E"},
		{quorum(3, ""), "D E", "A B Cl", "", reachable, "D E"},
		{quorum(3, ""), "A B Cx", "D E", "", reachable, "A B"},
		{quorum(3, ""), "D E", "A B Cx", "", reachable, "D E"},

		// keep-majority
		{majority, "A C E", "B D", "", unreachable, "B D"},
		{majority, "B D", "A C E", "", reachable, "B D"},
		{majority, "A B", "C D E", "", reachable, "A B"},
		{majority, "C D E", "A B", "", unreachable, "A B"},
		{majority, "B", "A C", "", reachable, "B"},
		{majority, "A C", "B", "", unreachable, "B"},
		{majority, "A B", "C D", "", unreachable, "C D"},
		{majority, "C D", "A B", "", reachable, "C D"},
		{majority, "A", "B", "", unreachable, "B"},
		{majority, "B", "A", "", reachable, "B"},
		{majorityWith("role3"), "A B", "C D E", "", unreachable, "C D E"},
		{majorityWith("role3"), "C D E", "A B", "", reachable, "C D E"},
		{majorityWith("role2"), "A D E", "B C", "", reachable, "A D E"},
		{majorityWith("role2"), "B C", "A D E", "", unreachable, "A D E"},
		{majorityWith("role3"), "C", "E", "", all, "C E"},
		{majorityWith("role3"), "E", "C", "", all, "C E"},
		{majority, "B D", "Aj C", "", unreachable, "A C"},
		{majority, "Aj C", "B D", "", reachable, "A C"},
		{majority, "A Bj", "C D E", "", reachable, "A B"},
		{majority, "C D E", "A Bj", "", unreachable, "A B"},
		{majority, "A B", "C D | E", "", reachable, "A B"},
		{majority, "C D", "A B | E", "", reachable, "C D"},
		{majority, "E", "A B | C D", "", reachable, "E"},
		{majority, "A B F G", "C D E", "", unreachable, "C D E"},
		{majority, "C D E", "A B Fj Gj", "", all, "A B C D E F G"},
		{majority, "A B F", "C D E", "", unreachable, "C D E"},
		{majority, "C D E", "A B Fj", "", all, "A B C D E F"},
		{majority, "A B", "C D E Fj", "", reachable, "A B"},
		{majority, "C D E F", "A B", "", unreachable, "A B"},
		{majority, "Al B Ej", "C D", "", all, "A B C D E"},
		{majority, "C D", "Ax B", "", unreachable, "B"},
		{majority, "A B", "", "A>B B>A", indirect, "A B"},
		{majority, "A B C", "", "A>B B>A", indirect, "A B"},
		{majority, "A B C", "", "A>B B>C C>A", indirect, "A B C"},
		{majority, "A B C D", "", "A>D D>A B>C C>B", indirect, "A B C D"},
		{majority, "A B C D E", "", "A>B B>C C>A", indirect, "A B C"},
		{majority, "A B C D E F G", "", "B>C C>B E>F F>E", indirect, "B C E F"},
		{majority, "A B C", "", "A>B A>C", indirect, "A B C"},
		{majority, "A B C D E", "", "B>C C>B A>D", indirect, "A B C D"},
		{majority, "A B D E", "C", "A>B B>A", indirect, "A B C"},
		{majority, "A B C", "D E", "B>C C>B", indirect, "B C D E"},
		{majority, "D E", "A B C", "", reachable, "D E"},
		{majority, "D E", "A B C", "B>C C>B", indirect, "B C D E"},
		{majority, "A B C", "D E F G", "B>C C>B", indirect, "A B C"},
		{majority, "D E F G", "A B C", "", unreachable, "A B C"},
		{majority, "D E F G", "A B C", "B>C C>B", indirect, "A B C"},
		{majority, "A B C", "D E F G", "", reachable, "A B C"},
		{majority, "A B C", "D E F G", "D>E E>D", indirect, "A B C D E"},
		{majority, "D E F G", "A B C", "D>E E>D", indirect, "A B C D E"},
		{majority, "A B C", "D E F G", "B>E E>F F>B", indirect, "A B C E F"},
		{majority, "D E F G", "A B C", "B>E E>F F>B", indirect, "A B C E F"},
		{majority, "D E F G", "A B C", "D>E G>F", indirect, "A B C D E F G"},

		// keep-oldest
		{oldest(true, ""), "A E", "B C D", "", unreachable, "B C D"},
		{oldest(true, ""), "B C D", "A E", "", reachable, "B C D"},
		{oldest(true, "role2"), "A E", "B C D", "", reachable, "A E"},
		{oldest(true, "role2"), "B C D", "A E", "", unreachable, "A E"},
		{oldest(true, ""), "E", "A B C D", "", reachable, "E"},
		{oldest(true, ""), "A B C D", "E", "", unreachable, "E"},
		{oldest(true, ""), "B", "A", "", unreachable, "A"},
		{oldest(true, ""), "A", "B", "", reachable, "A"},
		{oldest(true, ""), "A", "", "", unreachable, ""},
		{oldest(false, ""), "E", "A B C D", "", unreachable, "A B C D"},
		{oldest(false, ""), "A B C D", "E", "", reachable, "A B C D"},
		{oldest(true, ""), "A B D", "C Ex", "", unreachable, "C"},
		{oldest(true, ""), "C El", "A B D", "", all, "A B C D E"},
		{oldest(true, ""), "A El", "B C D", "", all, "A B C D E"},
		{oldest(true, ""), "B C D", "A El", "", reachable, "B C D"},
		{oldest(true, ""), "A E", "Bl Cl D", "", unreachable, "B C D"},
		{oldest(true, ""), "Bl Cl D", "A E", "", reachable, "B C D"},
		{oldest(true, ""), "Dl E", "A B C", "", all, "A B C D E"},
		{oldest(true, ""), "A B C", "Dl E", "", reachable, "A B C"},
		{oldest(true, ""), "E", "A B Cl", "", reachable, "E"},
		{oldest(true, ""), "A B Cl", "E", "", unreachable, "E"},
		{oldest(true, ""), "E", "A Bl Cl Dl", "", reachable, "E"},
		{oldest(true, ""), "A Bl Cl Dl", "E", "", all, "A B C D E"},
		{oldest(true, ""), "D Ex", "A B C", "", reachable, "D"},
		{oldest(true, ""), "A B C", "D El", "", reachable, "A B C"},
		{oldest(true, ""), "A", "Bx", "", unreachable, ""},
		{oldest(true, ""), "Bl", "A", "", all, "A B"},
		{oldest(true, ""), "Aj E", "B C D", "", reachable, "A E"},
		{oldest(true, ""), "B C D", "Aj E", "", all, "A B C D E"},
		{oldest(false, ""), "Aj E", "B C D", "", unreachable, "B C D"},
		{oldest(false, ""), "B C D", "Aj E", "", reachable, "B C D"},
		{oldest(true, ""), "A B C", "", "A>B B>A", indirect, "A B"},
		{oldest(true, ""), "A B C", "D E F G", "B>C C>B", indirect, "A B C"},
		{oldest(true, ""), "D E F G", "A B C", "", unreachable, "A B C"},
		{oldest(true, ""), "D E F G", "A B C", "B>C C>B", indirect, "A B C"},
		{oldest(true, ""), "A B C", "D E F G", "", reachable, "A B C"},
		{oldest(true, ""), "A B C", "D E F G", "D>E E>D", indirect, "A B C D E"},
		{oldest(true, ""), "D E F G", "A B C", "D>E E>D", indirect, "A B C D E"},

		// down-all
		{down, "A B C", "D E", "", all, "A B C D E"},
		{down, "D E", "A B C", "", all, "A B C D E"},
		{down, "A B C", "", "A>B B>A", all, "A B C"},

		// keep-referee, from its description: not in the published suites
		{referee("A", 1), "A", "B C", "", unreachable, "B C"},
		{referee("A", 1), "B C", "A", "", reachable, "B C"},
		{referee("A", 2), "A", "B C", "", all, "A B C"},
		{referee("A", 3), "B C", "A", "", all, "A B C"},
		{referee("G", 1), "A B", "C", "", all, "A B C"},
		{referee("A", 1), "Ax B", "C", "", all, "B C"},
		{referee("A", 1), "A B C", "", "A>B B>A", indirect, "A B"},
	} {
		others := strings.FieldsFunc(test.others, func(r rune) bool { return r == '|' })
		c := seenFrom(test.side, others, test.indirect)
		rules := Rules{Rules: test.rules}
		got, _ := rules.Decide(c)
		nodes, err := rules.Down(c, got)
		if got != test.want || letters(nodes) != test.down || err != nil {
			t.Errorf("%v, {%s} | {%s} (%s): %v of %s (%v), want %v of %s", test.rules.Strategy, test.side, test.others, test.indirect,
				got, letters(nodes), err, test.want, test.down)
		}
	}
}

// Indirect connections that were there before a clean partition are not all found from the
// other side, so a second decision is one about them again. Everybody goes.
func TestDoublyIndirectlyConnectedAllGo(t *testing.T) {
	rules := Rules{Rules: majorityWith("")}
	c := seenFrom("A B C", []string{"D E F G"}, "D>E G>F")
	d, _ := rules.Decide(c)
	down, err := rules.Down(c, d)
	if d != DownIndirect || !errors.Is(err, ErrDoubleIndirect) || letters(down) != "A B C D E F G" {
		t.Errorf("%v of %s, %v", d, letters(down), err)
	}
}

func TestPublishedLeaseDecisions(t *testing.T) {
	const delay = 2_000_000_000
	for _, test := range []struct {
		role, side, others, indirect string
		want                         Decision
		late                         bool
		down, denied                 string
	}{
		{"", "A C E", "B D", "", AcquireAndDownUnreachable, false, "B D", "A C E"},
		{"", "B D", "A C E", "", AcquireAndDownUnreachable, true, "A C E", "B D"},
		{"role2", "A D E", "B C", "", AcquireAndDownUnreachable, true, "B C", "A D E"},
		{"role2", "B C", "A D E", "", AcquireAndDownUnreachable, false, "A D E", "B C"},
		{"", "A B C", "", "A>B B>A", AcquireAndDownIndirect, false, "A B", "A B C"},
		{"", "A B C", "D E", "B>C C>B", AcquireAndDownIndirect, false, "B C D E", "A B C"},
		{"", "D E", "A B C", "", AcquireAndDownUnreachable, true, "A B C", "D E"},
		{"", "D E", "A B C", "B>C C>B", AcquireAndDownIndirect, false, "A B C", "B C D E"},
		{"", "A B C D", "El Fd", "E>F", AcquireAndDownIndirect, false, "E", "A B C D E"},
		{"", "El Fd", "A B C D", "E>F", AcquireAndDownIndirect, false, "A B C D E", "E"},
		{"role9", "A", "B C", "", AcquireAndDownUnreachable, false, "B C", "A"},
	} {
		c := seenFrom(test.side, []string{test.others}, test.indirect)
		rules := Rules{Rules: leased(test.role), MinorityDelay: delay}
		d, after := rules.Decide(c)
		down, err := rules.Down(c, d)
		denied, _ := rules.Down(c, d.Reverse())
		if d != test.want || (after > 0) != test.late || letters(down) != test.down || letters(denied) != test.denied || err != nil {
			t.Errorf("{%s} | {%s} (%s): %v after %v, %s, denied %s, %v", test.side, test.others, test.indirect, d, after, letters(down), letters(denied), err)
		}
	}
}

// A member that has seen another one as unreachable, before it became so itself, is in a
// cycle with it, and what it says is not left out. Pekko takes all members down. (Akka.NET
// had that as a bug, number 7141, and takes down the unreachable only.)
func TestUnreachableOneAfterTheOther(t *testing.T) {
	c := seenFrom("A B F", []string{"C D E"}, "")
	c.SetRecords(recordsOf("A>D A>E A>C E>C F>D F>E F>C B>D B>E B>C"))
	c.SetSeen([]wire.Address{named("F").Address, named("A").Address, named("B").Address})
	rules := Rules{Rules: majorityWith("")}
	d, _ := rules.Decide(c)
	if down, err := rules.Down(c, d); !errors.Is(err, ErrDoubleIndirect) || letters(down) != "A B C D E F" {
		t.Errorf("%v of %s, %v", d, letters(down), err)
	}
}

// Which members count, for all combinations that the second question of a strategy leaves out.
func TestWhoCounts(t *testing.T) {
	for _, test := range []struct {
		count                  count
		reachable, unreachable int
	}{
		{count{}, 1, 2},
		{count{possiblyUp: true}, 3, 2},
		{count{withoutLeaving: true}, 1, 1},
		{count{possiblyUp: true, withoutLeaving: true}, 3, 1},
	} {
		c := seenFrom("Aw B Cj", []string{"D El Fd Gx"}, "")
		if r, u := c.count(test.count); r != test.reachable || u != test.unreachable {
			t.Errorf("%+v: %d and %d", test.count, r, u)
		}
	}
}
