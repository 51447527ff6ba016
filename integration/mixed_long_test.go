package integration

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/ringmend/ringmend/integration/cluster"
	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node/wire"
)

// The storms last so long, and are drawn from such a seed, unless the
// environment says otherwise. A storm is not the same twice, as real nodes keep
// their own time, but its deeds are.
const (
	stormTime = 40 * time.Second // RINGMEND_MIXED_FOR=5m
	shortTime = 10 * time.Second // with -short
	stormSeed = 1                // RINGMEND_MIXED_SEED=2
)

func TestMixedClusterWithRingpopGoOutlivesStorms(t *testing.T) {
	ours, theirs := cluster.Ringmend, cluster.RingpopGo
	c := cluster.Start(t, ours, theirs, ours, theirs, ours, theirs)
	runStorms(t, c, append(slices.Clone(troubles), newIdentity))
}

func TestMixedClusterWithRingpopNodeOutlivesStorms(t *testing.T) {
	// Without new identities: ringpop-node knows no labels.
	ours, theirs := nodeFlavour(t)
	c := cluster.Start(t, ours, theirs, ours, theirs, ours, theirs)
	runStorms(t, c, troubles)
}

// trouble is something that happens to a node, and how it passes.
type trouble struct {
	name  string
	begin func(*storm, *cluster.Node) error
	end   func(*storm, *cluster.Node) error
}

var troubles = []trouble{
	{"killed", kill, start},
	{"killed and started at once", restart, nothing},
	{"terminated", terminate, start},
	{"suspended", suspend, resume},
	{"left", leave, rejoin},
}

var newIdentity = trouble{"killed and started with another identity", restartAsAnother, nothing}

func kill(_ *storm, n *cluster.Node) error    { n.Kill(); return nil }
func start(_ *storm, n *cluster.Node) error   { return n.Start() }
func restart(_ *storm, n *cluster.Node) error { n.Kill(); return n.Start() }
func suspend(_ *storm, n *cluster.Node) error { return n.Suspend() }
func resume(_ *storm, n *cluster.Node) error  { return n.Resume() }
func leave(s *storm, n *cluster.Node) error   { return s.command(n, wire.EndpointMemberLeave) }
func rejoin(s *storm, n *cluster.Node) error  { return s.command(n, wire.EndpointMemberJoin) }
func nothing(*storm, *cluster.Node) error     { return nil }

func terminate(_ *storm, n *cluster.Node) error {
	code, err := n.Terminate(await.Patience)
	if err == nil && code != 0 {
		err = fmt.Errorf("it exits with code %d after SIGTERM", code)
	}
	return err
}

// restartAsAnother never gives the same identity twice: two nodes that share one
// claim the same keys.
func restartAsAnother(s *storm, n *cluster.Node) error {
	s.identities++
	n.SetFlags(fmt.Sprintf("--identity=name-%d", s.identities))
	return restart(s, n)
}

// storm does one thing after another to the nodes of a cluster. Several are in
// trouble at a time, but a node that starts can always join three others.
type storm struct {
	t          *testing.T
	c          *cluster.Cluster
	random     *rand.Rand
	troubles   []trouble
	inTrouble  map[*cluster.Node]trouble
	deeds      map[string]int
	identities int // given so far
	syncs      *fullSyncs
}

const mostInTrouble = 2

// runStorms alternates between storms and calms for the configured time. In each
// calm all nodes must come to agree.
func runStorms(t *testing.T, c *cluster.Cluster, troubles []trouble) {
	duration, seed := configured(t)
	t.Logf("storms for %v, seed %d", duration, seed)
	s := &storm{
		t: t, c: c,
		random:    rand.New(rand.NewPCG(seed, 0)),
		troubles:  troubles,
		inTrouble: map[*cluster.Node]trouble{},
		deeds:     map[string]int{},
		syncs:     countFullSyncs(c),
	}
	c.Wait("all agree", c.Agree)
	for end := time.Now().Add(duration); time.Now().Before(end); {
		for range 8 {
			s.step()
			s.pause()
			s.syncs.look()
		}
		s.calm()
	}
	sameOwners(t, c)
	s.syncs.waitForEnd(t)
	s.report()
}

// step lets a trouble begin or another one pass.
func (s *storm) step() {
	s.t.Helper()
	n := s.c.Nodes[s.random.IntN(len(s.c.Nodes))]
	if _, ok := s.inTrouble[n]; ok {
		s.endTrouble(n)
		return
	}
	if len(s.inTrouble) == mostInTrouble {
		s.endTrouble(s.oneInTrouble())
		return
	}
	trouble := s.troubles[s.random.IntN(len(s.troubles))]
	s.t.Logf("%s %s: %s", time.Now().Format(time.TimeOnly), s.name(n), trouble.name)
	s.deeds[trouble.name]++
	if err := trouble.begin(s, n); err != nil {
		s.t.Fatalf("%s: %s: %v", s.name(n), trouble.name, err)
	}
	s.inTrouble[n] = trouble
}

func (s *storm) oneInTrouble() *cluster.Node {
	nodes := slices.SortedFunc(maps.Keys(s.inTrouble), func(a, b *cluster.Node) int {
		return cmp.Compare(a.Address, b.Address)
	})
	return nodes[s.random.IntN(len(nodes))]
}

func (s *storm) endTrouble(n *cluster.Node) {
	s.t.Helper()
	trouble := s.inTrouble[n]
	s.t.Logf("%s %s: no longer %s", time.Now().Format(time.TimeOnly), s.name(n), trouble.name)
	if err := trouble.end(s, n); err != nil {
		s.t.Fatalf("%s: no longer %s: %v", s.name(n), trouble.name, err)
	}
	delete(s.inTrouble, n)
}

// calm ends all troubles, and waits until all nodes agree.
func (s *storm) calm() {
	s.t.Helper()
	for len(s.inTrouble) > 0 {
		s.endTrouble(s.oneInTrouble())
	}
	s.c.Wait("after the storm all agree", s.c.Agree)
	s.syncs.look()
}

// pause lets the cluster notice what has happened, or not quite. Some pauses are
// long enough for a silent node to become faulty.
func (s *storm) pause() {
	s.t.Helper()
	pause := time.Duration(200+s.random.IntN(2_500)) * time.Millisecond
	if s.random.IntN(4) == 0 {
		pause += 6 * time.Second
	}
	select {
	case <-time.After(pause):
	case <-s.t.Context().Done():
		s.t.Fatal(s.t.Context().Err())
	}
}

func (s *storm) command(n *cluster.Node, endpoint string) error {
	_, err := n.Call(s.t.Context(), endpoint, []byte("{}"))
	return err
}

func (s *storm) name(n *cluster.Node) string {
	return fmt.Sprintf("%s (%s)", n.Address, n.Program)
}

// report prints what happened, and fails the test if that took more full syncs
// than it may: gossip must carry most of it.
func (s *storm) report() {
	s.t.Helper()
	total := 0
	for _, name := range slices.Sorted(maps.Keys(s.deeds)) {
		s.t.Logf("%3d times %s", s.deeds[name], name)
		total += s.deeds[name]
	}
	const mostPerTrouble = 5
	n := s.syncs.look()
	s.t.Logf("%d troubles, %d full syncs: %.1f per trouble", total, n, float64(n)/float64(total))
	if n > mostPerTrouble*total {
		s.t.Errorf("%d full syncs for %d troubles, want at most %d for each", n, total, mostPerTrouble)
	}
}

func configured(t *testing.T) (duration time.Duration, seed uint64) {
	t.Helper()
	duration, seed = stormTime, stormSeed
	if testing.Short() {
		duration = shortTime
	}
	var err error
	if text := os.Getenv("RINGMEND_MIXED_FOR"); text != "" {
		if duration, err = time.ParseDuration(text); err != nil {
			t.Fatalf("RINGMEND_MIXED_FOR: %v", err)
		}
	}
	if text := os.Getenv("RINGMEND_MIXED_SEED"); text != "" {
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("RINGMEND_MIXED_SEED: %v", err)
		}
	}
	return duration, seed
}
