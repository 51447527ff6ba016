package node_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/memnet"
)

// A node in good health writes at most a line a minute, and what it writes is no
// warning.
func TestQuietInHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size, minutes = 10, 10
		network, hosts := new(memnet.Network), new(hostList)
		logs := make([]*logBuffer, size)
		var nodes []*node.Node
		for i := range size {
			logs[i] = new(logBuffer)
			hosts.add(fmt.Sprintf("10.0.0.%d:3000", i+1))
			nodes = append(nodes, startIn(t, network, hosts, func(c *node.Config) {
				c.Address = fmt.Sprintf("10.0.0.%d:3000", i+1)
				c.Logger = slog.New(slog.NewTextHandler(logs[i], nil))
			}))
		}
		bootstrap(t, nodes...)
		time.Sleep(time.Minute) // joining is over, and what it made to say
		before := make([]int, size)
		for i, log := range logs {
			before[i] = len(log.String())
		}
		time.Sleep(minutes * time.Minute)
		for i, log := range logs {
			said := log.String()[before[i]:]
			if lines := strings.Count(said, "\n"); lines > minutes || strings.Contains(said, "level=WARN") {
				t.Errorf("node %d: %d lines in %d minutes:\n%s", i, lines, minutes, said)
			}
		}
	})
}
