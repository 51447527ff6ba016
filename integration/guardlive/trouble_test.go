package guardlive_test

import (
	"strings"
	"testing"

	"github.com/ringmend/ringmend/integration/guardlive"
	"github.com/ringmend/ringmend/integration/nodelab"
	"github.com/ringmend/ringmend/node/wire"
)

// inRing starts a ring in a lab, and reports what the guard has logged if a test fails.
func inRing(t *testing.T, lab *guardlive.Lab, programs string, setup nodelab.Setup) *guardlive.Ring {
	t.Helper()
	r, err := lab.NewRing(programs, setup)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(r.Logs())
		}
		r.Close()
	})
	return r
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// testpopApp is the app of the published programs' bare nodes.
const testpopApp = "ringpop"

// A dead member that is suspected a second time, at a higher incarnation, stays suspect for
// good, with its keys. The guard says so, and has it suspected anew.
func TestAStuckSuspectOfRingpopGo(t *testing.T)   { stuckSuspect(t, "gggg", false) }
func TestAStuckSuspectOfRingpopNode(t *testing.T) { stuckSuspect(t, "nnnn", true) }

func stuckSuspect(t *testing.T, programs string, ringpopNode bool) {
	lab := insideWith(t, 4, ringpopNode)
	if lab == nil {
		return
	}
	r := inRing(t, lab, programs, nodelab.Setup{})
	must(t, r.Guard(0))
	r.Kill(3)
	must(t, r.AwaitHeld(3, "suspect", 0, 1, 2))
	again := wire.Change{Address: r.Address(3), Incarnation: r.Incarnation(0, 3) + 1, Status: wire.Suspect}
	for i := range 3 {
		must(t, r.Tell(i, again, testpopApp))
	}
	found, err := r.AwaitFinding("stuck-suspect")
	must(t, err)
	if !strings.Contains(found.Text, string(r.Address(3))) {
		t.Errorf("%+v", found)
	}
	must(t, r.AwaitHeld(3, "faulty", 0, 1, 2))
	if !strings.Contains(r.Logs(), "accused a member anew") {
		t.Error("the guard did nothing")
	}
}

// All pods that the list of hosts names have moved. No node can find the other side of a
// split any more: Ringpop's healer tries hosts of the list only.
func TestSidesThatNoListLeadsTo(t *testing.T) {
	lab := inside(t, 6)
	if lab == nil {
		return
	}
	r := inRing(t, lab, "gggggg", nodelab.Setup{Hosts: []int{0, 1}})
	r.Kill(0)
	r.Kill(1)
	rest := []int{2, 3, 4, 5}
	must(t, r.AwaitHeld(0, "faulty", rest...), r.AwaitHeld(1, "faulty", rest...))
	must(t, r.Cut([]int{2, 3}, []int{4, 5}))
	must(t, r.AwaitHeld(4, "faulty", 2, 3), r.AwaitHeld(5, "faulty", 2, 3), r.AwaitHeld(2, "faulty", 4, 5), r.AwaitHeld(3, "faulty", 4, 5))
	must(t, r.Mend(), r.Guard(2, 5), r.AwaitAlive(rest...))
	if !strings.Contains(r.Logs(), "told the sides of each other") {
		t.Error("the guard did nothing")
	}
}

// A node that was started without a list of hosts is a ring of its own. The guard says so,
// and merges it with the ring that it was named together with.
func TestAnIslandOfOne(t *testing.T) {
	lab := inside(t, 5)
	if lab == nil {
		return
	}
	r := inRing(t, lab, "gggg", nodelab.Setup{})
	island, err := r.AddAlone(lab.Programs["g"])
	must(t, err, r.AwaitAlive(island), r.Guard(0, island))
	found, err := r.AwaitFinding("island")
	must(t, err)
	if !strings.Contains(found.Text, "do not know each other") {
		t.Errorf("%+v", found)
	}
	must(t, r.AwaitAlive(0, 1, 2, 3, island))
}

// A dead address that some node tells of whenever the others have forgotten it.
func TestAZombie(t *testing.T) {
	lab := inside(t, 4)
	if lab == nil {
		return
	}
	r := inRing(t, lab, "gggg", nodelab.Setup{Flags: []string{"--suspect-period=1000", "--tombstone-period=1000"}})
	must(t, r.Guard(0))
	incarnation := r.Incarnation(0, 3)
	r.Kill(3)
	for range 3 {
		must(t, r.AwaitHeld(3, "faulty", 0, 1, 2), r.AwaitLooks())
		_, err := r.Call(0, wire.EndpointReap, []byte("null"))
		must(t, err, r.AwaitHeld(3, "", 0, 1, 2), r.AwaitLooks())
		incarnation++
		must(t, r.Tell(1, wire.Change{Address: r.Address(3), Incarnation: incarnation, Status: wire.Alive}, testpopApp))
	}
	found, err := r.AwaitFinding("zombie")
	must(t, err)
	if !strings.Contains(found.Text, string(r.Address(3))) || !strings.Contains(found.Help, "reap") {
		t.Errorf("%+v", found)
	}
}

// A node exchanges whole memberships with the source of a request whose checksum is not its
// own, and calls it for that. Guards have no address that can be called, and a checksum that
// is a moment old. The nodes live on.
func TestGuardsDoNotEndTheNodesThatTheyTell(t *testing.T) {
	lab := insideWith(t, 4, true)
	if lab == nil {
		return
	}
	r := inRing(t, lab, "nngg", nodelab.Setup{})
	for range 20 {
		for i := range 4 {
			// A change that every node has: the answer is its whole membership.
			must(t, r.Tell(i, wire.Change{Address: r.Address(0), Incarnation: 1, Status: wire.Alive}, testpopApp))
		}
	}
	must(t, r.AwaitAlive(0, 1, 2, 3))
}
