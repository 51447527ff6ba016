package guardlive_test

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/integration/guardlive"
	"github.com/ringmend/ringmend/integration/ringpopnode"
	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/internal/netns/nstest"
	"github.com/ringmend/ringmend/node/wire"
)

// limit is how long a ring may take on a busy machine. How long it takes on one that is
// not, the study measures.
const limit = 2 * time.Minute

// inside runs the test of that name in namespaces of its own, with a lab, and returns
// nil; or that lab, when it is there.
func inside(t *testing.T, hosts int) *guardlive.Lab { return insideWith(t, hosts, false) }

// insideWith is inside, with ringpop-node or without.
func insideWith(t *testing.T, hosts int, ringpopNode bool) *guardlive.Lab {
	if netlab.Inside() {
		var programs map[string]string
		if err := netlab.Given(&programs); err != nil {
			t.Fatal(err)
		}
		lab, err := guardlive.NewLab(programs, hosts, limit)
		if err != nil {
			t.Fatal(err)
		}
		return lab
	}
	if err := netlab.Missing(); err != nil {
		t.Skipf("skipped: %v", err)
	}
	t.Parallel()
	programs, err := guardlive.Build(t.Context(), t.TempDir(), ringpopNode)
	if errors.Is(err, ringpopnode.ErrNoNetwork) {
		t.Skipf("skipped: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := netlab.Command()
	if err := netlab.Give(cmd, programs); err != nil {
		t.Fatal(err)
	}
	nstest.Again(t, cmd)
	return nil
}

// When packets are dropped and the guard is on one side, ringpop-go's nodes may harm each
// other with what arrives late, before the guard can have told them.
func TestStockRingsAreHealed(t *testing.T) {
	lab := inside(t, 6)
	if lab == nil {
		return
	}
	for _, s := range []guardlive.Scenario{
		{Ring: "gggggg", Parts: 2, Kind: netlab.Reset, For: time.Second, Guards: []int{guardlive.Router}},
		{Ring: "gggggg", Parts: 3, Kind: netlab.Reset, For: time.Second, Guards: []int{0, 5}},
		{Ring: "gggggg", Parts: 2, Kind: netlab.Reset, For: time.Second, Guards: []int{0}, Kill: true},
		{Ring: "gggggg", Parts: 3, Kind: netlab.Drop, For: time.Second, Guards: []int{guardlive.Router}},
		{Ring: "gggggg", Parts: 2, Kind: netlab.Drop, For: time.Second, Guards: []int{0}},
	} {
		out, err := lab.Run(s)
		if err != nil {
			t.Fatalf("%s: %v\n%s", s, err, out.Logs)
		}
		t.Logf("%s: one ring after %v", s, out.Took)
		late := s.Kind == netlab.Drop && s.Guards[0] != guardlive.Router
		if !out.Healed || out.Harmed > 0 && !late {
			t.Errorf("%s: healed %t after %v, harmed %d\n%s", s, out.Healed, out.Took, out.Harmed, out.Logs)
		}
		if !strings.Contains(out.Logs, "told members to reincarnate") {
			t.Errorf("%s: the guard did nothing\n%s", s, out.Logs)
		}
	}
}

// calmLooks is for how many looks, of a second each, a calm ring is watched:
// RINGMEND_CALM_LOOKS says otherwise.
const calmLooks = 20

func TestACalmRingIsOnlyLookedAt(t *testing.T) {
	lab := inside(t, 5)
	if lab == nil {
		return
	}
	looks := calmLooks
	if text := os.Getenv("RINGMEND_CALM_LOOKS"); text != "" {
		var err error
		if looks, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	calls, err := lab.Calm("ggggg", looks)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d looks: %v", looks, calls)
	for endpoint, n := range calls {
		// The name of the app is asked for again after some minutes.
		if endpoint != wire.EndpointStats && !(endpoint == wire.EndpointJoin && n <= 1+looks/240) {
			t.Errorf("%s was called %d times", endpoint, n)
		}
	}
}
