package main

import (
	"context"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// A change is printed, a node that does not answer is waited for, and an interrupt ends it.
func TestMonitor(t *testing.T) {
	for _, flags := range [][]string{nil, {"--json"}} {
		nodes, out := three(), new(await.Buffer)
		set := func(stats string, up bool) {
			nodes.mu.Lock()
			defer nodes.mu.Unlock()
			delete(nodes.stats, nodeA)
			if up {
				nodes.stats[nodeA] = stats
			}
		}
		ctx, interrupt := context.WithCancel(t.Context())
		ended := make(chan int)
		go func() {
			ended <- run(ctx, append(flags, "monitor", "-w", "0.1", nodeA), out, out, func(tchan.Options) (connection, error) { return nodes, nil })
		}()
		says := func(want string) {
			t.Helper()
			await.Until(t, await.Patience, func() string {
				if strings.Contains(out.String(), want) {
					return ""
				}
				return want + " in\n" + out.String()
			})
		}
		says("faulty")
		if strings.Contains(out.String(), nodeB) {
			t.Errorf("members that are alive are printed at first:\n%s", out)
		}
		set("", false)
		says("Error")
		set(membership(wire.FlavourNode, nodeA, "alive", nodeB, "suspect", nodeC, "alive"), true)
		if len(flags) == 0 {
			says(nodeB + "   alive -> suspect")
			says(nodeC + "   faulty -> alive")
		} else {
			says(`"member":"` + nodeB + `","before":"alive","after":"suspect"`)
		}
		interrupt()
		if code := <-ended; code != 0 {
			t.Errorf("exit code %d\n%s", code, out)
		}
	}
	for _, args := range [][]string{{"monitor"}, {"monitor", nodeA, nodeB}, {"monitor", "nonsense"}, {"monitor", "-w", "0", nodeA}} {
		if code, _, errs := said(t, three(), args...); code != 2 {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
	if code, _, errs := said(t, three(), "monitor", nodeC); code != 1 || !strings.Contains(errs, "Failed to connect") {
		t.Errorf("a node that is not there: %d %s", code, errs)
	}
}
