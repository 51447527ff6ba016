package node_test

import (
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/memnet"
)

// A node in good health writes at most a line a minute, and what it writes is no
// warning. QUIET_NODES=1000 is for a large cluster, in three of its minutes.
func TestQuietInHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		size, minutes := 10, 10
		if n, err := strconv.Atoi(os.Getenv("QUIET_NODES")); err == nil {
			size, minutes = n, 3
		}
		network, hosts := new(memnet.Network), new(hostList)
		logs := make([]*logBuffer, size)
		var nodes []*node.Node
		for i := range size {
			logs[i] = new(logBuffer)
			address := fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250+1)
			hosts.add(address)
			nodes = append(nodes, startIn(t, network, hosts, func(c *node.Config) {
				c.Address = address
				c.Logger = slog.New(slog.NewTextHandler(logs[i], nil))
			}))
		}
		bootstrap(t, nodes...)
		time.Sleep(time.Minute) // joining is over, and what it made to say
		before := make([]int, size)
		for i, log := range logs {
			before[i] = len(log.String())
		}
		time.Sleep(time.Duration(minutes) * time.Minute)
		most := 0
		for i, log := range logs {
			said := log.String()[before[i]:]
			lines := strings.Count(said, "\n")
			most = max(most, lines)
			if lines > minutes || strings.Contains(said, "level=WARN") {
				t.Errorf("node %d: %d lines in %d minutes:\n%s", i, lines, minutes, said)
			}
		}
		t.Logf("%d nodes: at most %d lines in %d minutes", size, most, minutes)
	})
}
