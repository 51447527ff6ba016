package integration

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/integration/cluster"
)

// fullSyncs counts the full syncs of this project's nodes in a cluster, by what
// they log: those that they sent because a peer's checksum differed, and those
// that they fetched in return.
//
// A node keeps only the end of what it printed, so the counter must look often.
type fullSyncs struct {
	c                      *cluster.Cluster
	seen                   map[string]bool // lines, which differ in their times
	sent, fetched, refused int
}

func countFullSyncs(c *cluster.Cluster) *fullSyncs {
	return &fullSyncs{c: c, seen: map[string]bool{}}
}

// look counts what was printed since it looked last.
func (f *fullSyncs) look() (total int) {
	for _, n := range f.c.Nodes {
		for line := range strings.Lines(n.Output()) {
			line = n.Address + line
			if !strings.Contains(line, "full sync") || !strings.HasSuffix(line, "\n") || f.seen[line] {
				continue
			}
			f.seen[line] = true
			switch {
			case strings.Contains(line, `msg="full sync"`):
				f.sent++
			case strings.Contains(line, `msg="bidirectional full sync"`) && strings.Contains(line, "error="):
				f.refused++
			case strings.Contains(line, `msg="bidirectional full sync"`):
				f.fetched++
			}
		}
	}
	return f.sent + f.fetched + f.refused
}

func (f *fullSyncs) String() string {
	f.look()
	return fmt.Sprintf("full syncs of our nodes: %d sent, %d fetched, %d failed to be fetched", f.sent, f.fetched, f.refused)
}

// waitForEnd waits until there have been none for a while. Nodes whose checksums
// are of different flavours never stop: each sends more than one a second.
func (f *fullSyncs) waitForEnd(t *testing.T) {
	t.Helper()
	const calm = 4 * time.Second
	last, since := f.look(), time.Now()
	f.c.Wait("the last full sync is over", func(context.Context) error {
		if now := f.look(); now != last {
			last, since = now, time.Now()
		}
		if silent := time.Since(since); silent < calm {
			return fmt.Errorf("the last one was %v ago", silent.Round(time.Millisecond))
		}
		return nil
	})
	t.Log(f)
}
