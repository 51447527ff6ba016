package walkthrough

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/internal/netns/nstest"
)

// walk is one way to go through the document: which nodes, and what the user
// types.
type walk struct {
	name string
	// program is the node's; "" is what tick-cluster starts by itself.
	program   string
	cut, mend string
	// heal is typed after mending, where nodes are slow to heal by themselves.
	heal string
	// bare says that the machine has no rules of the user's: the original's rules
	// replace them.
	bare bool
}

const (
	ownCut       = "lsof -Pnni | make_partition 3000,3001 3002,3003 | iptables-restore --noflush"
	ownMend      = "make_partition --heal | iptables-restore --noflush"
	originalCut  = "lsof -Pnni | make_partition --compat 3000,3001 3002,3003 | iptables-restore"
	originalMend = "iptables -F INPUT"
	operatorHeal = "ringpop-admin heal 127.0.0.1:3000"
)

var walks = []walk{
	{name: "ringmend", cut: ownCut, mend: ownMend},
	{name: "ringmend-legacy", cut: strings.Replace(ownCut, "iptables-", "iptables-legacy-", 1), mend: strings.Replace(ownMend, "iptables-", "iptables-legacy-", 1)},
	{name: "ringmend-original-rules", cut: originalCut, mend: originalMend, bare: true},
	{name: "ringpop-go", program: ringpopGo, cut: ownCut, mend: ownMend, heal: operatorHeal},
	{name: "ringpop-go-original-rules", program: ringpopGo, cut: originalCut, mend: originalMend, heal: operatorHeal, bare: true},
}

// TestWalkThrough goes through the document: four nodes, two and two cut from each
// other, and mended, with ringpop-admin partitions watching.
func TestWalkThrough(t *testing.T) {
	t.Parallel()
	for _, w := range walks {
		t.Run(w.name, func(t *testing.T) {
			if enter(t, "lsof", "iptables-restore", "iptables-legacy-restore", "nft") {
				w.run(t)
			}
		})
	}
}

func (w *walk) run(t *testing.T) {
	if !w.bare {
		nstest.LoadUserRules(t)
	}
	before := nstest.Firewalls(t)
	user := &shell{t, t.TempDir()}
	nodes := observe(t, []string{"127.0.0.1:3000", "127.0.0.1:3001"}, []string{"127.0.0.1:3002", "127.0.0.1:3003"})
	cluster := []string{"-n", "4"}
	if w.program != "" {
		cluster = append(cluster, which(t, w.program))
	}
	user.start("cluster", "tick-cluster", cluster...)
	if w.program == ringpopGo {
		// That node dies of a question that comes before it has made its ring.
		until(t, "four nodes that have started", func() string {
			if n := strings.Count(user.read("cluster"), "bootstrap complete"); n < 4 {
				return fmt.Sprintf("only %d have", n)
			}
			return ""
		})
	}
	until(t, "a cluster", func() string { return nodes.notWhole(t.Context()) })

	// Started before the cut, because it refuses new connections to the nodes.
	watching := user.start("record", "ringpop-admin", "partitions", "-w", "1", "127.0.0.1:3000")
	w.await(user, whole, 2)
	user.do(w.cut)
	w.await(user, split, 4)
	atMending := len(tables(user.read("record"), false))
	user.do(w.mend)
	mended := time.Now()
	if w.heal != "" {
		if said := user.do(w.heal); !strings.Contains(said, "No known partitions left") {
			t.Errorf("the heal ends with %q", said)
		}
	}
	until(t, "the cluster is whole again", func() string { return nodes.notWhole(t.Context()) })
	t.Logf("%s: one checksum %v after the rules were taken away", w.name, time.Since(mended).Round(10*time.Millisecond))
	w.await(user, whole, 2)
	if err := user.stop(watching); err != nil {
		t.Logf("partitions -w ended with: %v", err)
	}

	record := tables(user.read("record"), true)
	// Nodes that have just started may suspect each other for a moment.
	told := regexp.MustCompile(`^(whole |between )*whole (between )?split$`)
	if got := story(record[:atMending]); !told.MatchString(got) {
		t.Errorf("until mending the tables are: %s", got)
	}
	told = regexp.MustCompile(`^(whole |between )*whole (between )?split (between |split |whole )*whole$`)
	if got := story(record); !told.MatchString(got) {
		t.Errorf("the tables are: %s", got)
	}
	t.Logf("what partitions -w 1 printed:\n%s", user.read("record"))
	if after := nstest.Firewalls(t); !w.bare && after != before {
		t.Errorf("the user's rules (-before +after):\n%s", cmp.Diff(before, after))
	}
}

// await waits until partitions has printed a kind of table some times in a row.
func (w *walk) await(user *shell, want string, times int) {
	user.t.Helper()
	until(user.t, want+" in partitions -w 1", func() string {
		last, count := kinds(tables(user.read("record"), false))
		if last == want && count >= times {
			return ""
		}
		return "the last table is " + last
	})
}

func which(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
