package fault

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/lab/result"
)

// Step is a command and when it is carried out, since the load began.
type Step struct {
	At      time.Duration
	Command Command
}

// plan is what the steps of a fault are made of.
type plan struct {
	c      *result.Config
	scene  Scene
	from   time.Duration // begin and end of the fault
	to     time.Duration
	random *rand.Rand
}

// Fault is a fault of the list.
type Fault struct {
	Name, About string
	// WholeRun faults last from the beginning of the load to its end.
	WholeRun bool
	// MinNodes is how few nodes it makes sense with.
	MinNodes int
	// Arguments are what it takes beside its name.
	Arguments bool
	steps     func(p *plan) ([]Step, error)
}

// List has all faults.
var List = []*Fault{
	{Name: "none", About: "nothing", steps: func(*plan) ([]Step, error) { return nil, nil }},
	{Name: "leader", About: "the leader is killed, and restarted", steps: func(p *plan) ([]Step, error) {
		return p.during(Command{Verb: Kill, Nodes: p.leader()}, Command{Verb: Revive, Nodes: p.leader()}), nil
	}},
	{Name: "partial-partition", MinNodes: 3, About: "the leader and one follower are cut, all others reach both", steps: func(p *plan) ([]Step, error) {
		return p.cut(p.leader(), p.follower()), nil
	}},
	{Name: "intermittent-partial", MinNodes: 3, About: "the leader and one follower of the moment, cut for --mtbf, mended for as long, and so on", steps: func(p *plan) ([]Step, error) {
		return p.intermittent(Names{"leader"}, Names{"follower"}), nil
	}},
	{Name: "intermittent-full", MinNodes: 2, About: "the follower from all others, in the same way", steps: func(p *plan) ([]Step, error) {
		return p.intermittent(Names{"follower"}, Names{"*"}), nil
	}},
	{Name: "kill-n", About: "--kill-n nodes are down from the start to the end, followers first", WholeRun: true, steps: killN},
	{Name: "partition", Arguments: true, MinNodes: 2, About: "parts are cut from each other: halves, majority, one, or 1,2 3 …", steps: partition},
	{Name: "halves", MinNodes: 2, About: "the same as partition halves", steps: shaped("halves")},
	{Name: "majority", MinNodes: 3, About: "the same as partition majority: the leader is in the minority", steps: shaped("majority")},
	{Name: "one", MinNodes: 2, About: "the same as partition one: the leader is alone", steps: shaped("one")},
	{Name: "bridge", MinNodes: 3, About: "two halves, and one node that reaches both", steps: bridge},
	{Name: "ring", MinNodes: 4, About: "each node sees a majority, no two see the same", steps: ring},
	{Name: "one-way", MinNodes: 2, About: "what the leader sends does not reach one follower", steps: func(p *plan) ([]Step, error) {
		return p.during(Command{Verb: OneWay, Parts: []Names{p.leader(), p.follower()}}, Command{Verb: Mend}), nil
	}},
	{Name: "isolate-leader", MinNodes: 2, About: "the leader reaches no other node, clients reach it", steps: shaped("one")},
	{Name: "flapping", MinNodes: 3, About: "a random pair is cut, another one every --mtbf", steps: flapping},
	{Name: "pause", About: "the process of the leader is stopped (SIGSTOP)", steps: func(p *plan) ([]Step, error) {
		return p.during(Command{Verb: Pause, Nodes: p.leader()}, Command{Verb: Resume, Nodes: p.leader()}), nil
	}},
	{Name: "slow", About: "--slow is added to the links of the leader", steps: func(p *plan) ([]Step, error) {
		return p.during(Command{Verb: Slow, Nodes: p.leader(), Time: p.c.Slow}, Command{Verb: Mend}), nil
	}},
	{Name: "loss", About: "--loss percent of the packets of all nodes are lost", steps: func(p *plan) ([]Step, error) {
		return p.during(Command{Verb: Loss, Nodes: Names{"*"}, Percent: p.c.FaultLoss}, Command{Verb: Mend}), nil
	}},
	{Name: "clock-skew", About: "the clock of the leader is moved by --skew", steps: func(p *plan) ([]Step, error) {
		back := Command{Verb: Skew, Nodes: p.leader()}
		return p.during(Command{Verb: Skew, Nodes: p.leader(), Time: p.c.Skew}, back), nil
	}},
	{Name: "disk-full", About: "the disk of the leader is full", steps: func(p *plan) ([]Step, error) {
		return p.during(Command{Verb: Fill, Nodes: p.leader()}, Command{Verb: Free, Nodes: p.leader()}), nil
	}},
	{Name: "join-storm", About: "--storm further nodes join at once, and leave", steps: func(p *plan) ([]Step, error) {
		return p.during(Command{Verb: Join, Count: p.c.Storm}, Command{Verb: Leave}), nil
	}},
}

// FaultNames returns the names of all faults.
func FaultNames() []string {
	var names []string
	for _, f := range List {
		names = append(names, f.Name)
	}
	return names
}

// Lookup returns the fault of a name.
func Lookup(name string) (*Fault, error) {
	for _, f := range List {
		if f.Name == name {
			return f, nil
		}
	}
	return nil, fmt.Errorf("unknown fault %q, there are %s", name, strings.Join(FaultNames(), ", "))
}

// Window returns when the fault begins and ends.
func (f *Fault) Window(c *result.Config) (from, to time.Duration) {
	if f.WholeRun {
		return 0, c.Duration()
	}
	return c.Duration() / 3, 2 * c.Duration() / 3
}

// Check returns an error when the fault cannot be had with these settings.
func (f *Fault) Check(c *result.Config) error {
	switch {
	case c.Nodes < f.MinNodes:
		return fmt.Errorf("%s needs at least %d nodes", f.Name, f.MinNodes)
	case len(c.FaultArgs) > 0 && !f.Arguments:
		return fmt.Errorf("%s takes no arguments, got %q", f.Name, strings.Join(c.FaultArgs, " "))
	}
	_, err := f.Steps(c, Scene{Nodes: c.Nodes, Leader: 0})
	return err
}

// Steps returns the steps of the fault. The leader is the one at its beginning.
func (f *Fault) Steps(c *result.Config, scene Scene) ([]Step, error) {
	if c.Target > 0 {
		scene.Leader = c.Target - 1
	}
	if scene.Leader < 0 && f.Name != "none" {
		return nil, errNoLeader
	}
	p := &plan{c: c, scene: scene, random: rand.New(rand.NewPCG(c.Seed, 0x6661756c74))}
	p.from, p.to = f.Window(c)
	return f.steps(p)
}

func (p *plan) leader() Names   { return namesOf(p.scene.Leader) }
func (p *plan) follower() Names { return namesOf(p.scene.Follower()) }

func (p *plan) during(begin, end Command) []Step { return []Step{{p.from, begin}, {p.to, end}} }

func (p *plan) cut(parts ...Names) []Step {
	return p.during(Command{Verb: Cut, Parts: parts}, Command{Verb: Mend})
}

// intermittent names the leader by its role: when a cut has made another node the leader, the
// next one must meet that, or it would cut two followers from each other and do nothing.
func (p *plan) intermittent(parts ...Names) (steps []Step) {
	every := result.Seconds(p.c.MTBF).Duration()
	for at := p.from; at < p.to; at += 2 * every {
		steps = append(steps, Step{at, Command{Verb: Cut, Parts: parts}}, Step{min(at+every, p.to), Command{Verb: Mend}})
	}
	return steps
}

func killN(p *plan) ([]Step, error) {
	if p.c.KillN > p.c.Nodes {
		return nil, fmt.Errorf("--kill-n is %d, there are %d nodes", p.c.KillN, p.c.Nodes)
	}
	var nodes []int
	for i := range p.c.KillN {
		nodes = append(nodes, (p.scene.Leader+1+i)%p.c.Nodes)
	}
	slices.Sort(nodes)
	return p.during(Command{Verb: Kill, Nodes: namesOf(nodes...)}, Command{Verb: Revive, Nodes: namesOf(nodes...)}), nil
}

func shaped(shape string) func(*plan) ([]Step, error) {
	return func(p *plan) ([]Step, error) { return p.shape(shape) }
}

func (p *plan) shape(shape string) ([]Step, error) {
	n := p.scene.Nodes
	size := map[string]int{"halves": n / 2, "majority": (n - 1) / 2, "one": 1}[shape]
	if size == 0 {
		return nil, fmt.Errorf("partition: %q is none of halves, majority and one", shape)
	}
	var side []int
	for i := range size {
		side = append(side, (p.scene.Leader+i)%n)
	}
	slices.Sort(side)
	return p.cut(namesOf(side...), Names{"*"}), nil
}

// partition takes a shape, or parts: 1,2 3 or '1,2|3'.
func partition(p *plan) ([]Step, error) {
	args := strings.FieldsFunc(strings.Join(p.c.FaultArgs, " "), func(r rune) bool { return r == '|' || r == ' ' })
	switch len(args) {
	case 0:
		return nil, errors.New("partition: parts are expected after it: halves, majority, one, or 1,2 3")
	case 1:
		return p.shape(args[0])
	}
	var parts []Names
	for _, arg := range args {
		part, err := parseNames(arg)
		if err != nil {
			return nil, fmt.Errorf("partition: %w", err)
		}
		parts = append(parts, part)
	}
	sets, err := p.scene.Resolve(parts...)
	if err != nil {
		return nil, fmt.Errorf("partition: %w", err)
	}
	parts = nil
	for _, set := range sets {
		parts = append(parts, namesOf(set...))
	}
	return p.cut(parts...), nil
}

// bridge leaves the last node out of both halves.
func bridge(p *plan) ([]Step, error) {
	n := p.scene.Nodes
	var halves [2][]int
	for i := range n - 1 {
		side := min(1, i/max(1, (n-1)/2))
		halves[side] = append(halves[side], (p.scene.Leader+i)%n)
	}
	slices.Sort(halves[0])
	slices.Sort(halves[1])
	return p.cut(namesOf(halves[0]...), namesOf(halves[1]...)), nil
}

// ring lets each node see just enough of its neighbours to make a majority with it.
func ring(p *plan) ([]Step, error) {
	n := p.scene.Nodes
	reach := n / 4 // on each side: with itself 2*reach+1 > n/2
	for 2*reach+1 <= n/2 {
		reach++
	}
	if 2*reach+1 >= n {
		return nil, fmt.Errorf("ring: with %d nodes a majority on both sides is all of them", n)
	}
	var steps []Step
	for a := range n {
		var unseen []int
		for b := a + 1; b < n; b++ {
			if apart := min(b-a, n-b+a); apart > reach {
				unseen = append(unseen, b)
			}
		}
		if len(unseen) > 0 {
			steps = append(steps, Step{p.from, Command{Verb: Cut, Parts: []Names{namesOf(a), namesOf(unseen...)}}})
		}
	}
	return append(steps, Step{p.to, Command{Verb: Mend}}), nil
}

func flapping(p *plan) (steps []Step, err error) {
	every := result.Seconds(p.c.MTBF).Duration()
	last := -1
	n := p.scene.Nodes
	for at := p.from; at < p.to; at += every {
		pair := p.random.IntN(n * (n - 1) / 2)
		for pair == last {
			pair = p.random.IntN(n * (n - 1) / 2)
		}
		last = pair
		a, b := 0, 1
		for range pair {
			if b++; b == n {
				a, b = a+1, a+2
			}
		}
		if at > p.from {
			steps = append(steps, Step{at, Command{Verb: Mend}})
		}
		steps = append(steps, Step{at, Command{Verb: Cut, Parts: []Names{namesOf(a), namesOf(b)}}})
	}
	return append(steps, Step{p.to, Command{Verb: Mend}}), nil
}
