package node_test

import (
	"fmt"
	"log/slog"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/wire"
)

// splitCluster is four nodes in a bubble, and their logs.
type splitCluster struct {
	network *memnet.Network
	nodes   []*node.Node
	logs    []*logBuffer
}

func newSplitCluster(t *testing.T) *splitCluster {
	t.Helper()
	c := &splitCluster{network: new(memnet.Network)}
	hosts := new(hostList)
	for range 4 {
		logs := new(logBuffer)
		n := startIn(t, c.network, hosts, func(cfg *node.Config) {
			cfg.Logger = slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
			cfg.Protocol.PingRequestTimeout = 2 * time.Second
		})
		hosts.add(n.Address())
		c.nodes, c.logs = append(c.nodes, n), append(c.logs, logs)
	}
	bootstrap(t, c.nodes...)
	eventually(t, "all agree", time.Minute, func() bool { return agree(c.nodes, 4) })
	return c
}

// each calls do for all pairs of nodes on different sides.
func (c *splitCluster) each(do func(a, b string)) {
	for _, a := range c.nodes[:2] {
		for _, b := range c.nodes[2:] {
			do(a.Address(), b.Address())
		}
	}
}

// A split and its healing, as the log and the figures of the nodes tell it.
func TestASplitCanBeFollowedFromOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSplitCluster(t)
		c.each(c.network.Cut)
		// By the time it has looked so often, no call from before is under way that could
		// still arrive, and heal the cluster without a visit.
		const probes = 5
		eventually(t, "each side suspects a partition, and has looked for the other", time.Minute, func() bool {
			for _, side := range [][]*node.Node{c.nodes[:2], c.nodes[2:]} {
				failed := 0
				for _, n := range side {
					s := n.HealStats()
					if !s.Now.Suspected || s.Now.Reachable != 2 || s.Now.Faulty != 2 || s.Now.AttemptSeconds != 0.5 || s.Now.SuspectedAt.IsZero() {
						return false
					}
					failed += int(s.AttemptsFailed[wire.ReasonTimeout])
				}
				if failed < probes {
					return false
				}
			}
			return true
		})
		c.each(c.network.Mend)
		eventually(t, "all say that it is whole", time.Minute, func() bool {
			for _, n := range c.nodes {
				if n.HealStats().Whole != 1 {
					return false
				}
			}
			return agree(c.nodes, 4)
		})
		c.checkFigures(t)
		c.checkLogs(t)
	})
}

func (c *splitCluster) checkFigures(t *testing.T) {
	t.Helper()
	var merges, reincarnations uint64
	for _, n := range c.nodes {
		s := n.HealStats()
		if s.Suspected != 1 || s.Now.Suspected || s.Now.Faulty != 0 || s.Now.Reachable != 4 || s.SuspectedToWhole.Count != 1 || s.BackToWhole.Count != 1 {
			t.Errorf("%s: %+v", n.Address(), s)
		}
		if s.Merges > 0 && (s.Reached == 0 || s.Bytes.JoinsIn == 0 || s.Bytes.PingsOut == 0 || s.SuspectedToMerge.Count == 0) {
			t.Errorf("%s merged, and tells: %+v", n.Address(), s)
		}
		merges += s.Merges
		reincarnations += s.Reincarnations
	}
	if merges == 0 || reincarnations == 0 {
		t.Errorf("%d merges, %d rounds of reincarnation", merges, reincarnations)
	}
}

func (c *splitCluster) checkLogs(t *testing.T) {
	t.Helper()
	const number, duration, address = `\d+`, `[0-9.hm]+s`, `[0-9.]+:\d+`
	for _, line := range []struct {
		each    bool // once by each node; otherwise by any, any number of times
		pattern string
	}{
		{true, `level=WARN msg="heal: the cluster may be split" local=ADDRESS faultyTogether=NUMBER reachable=NUMBER`},
		{true, `level=INFO msg="heal: this side probes" local=ADDRESS every=500ms`},
		{false, `level=DEBUG msg="heal: probing" local=ADDRESS target=ADDRESS again=(true|false)`},
		{false, `level=DEBUG msg="heal: no answer" local=ADDRESS target=ADDRESS error=.+`},
		{false, `level=INFO msg="heal: reached another side" local=ADDRESS target=ADDRESS ours=4 theirs=4 checksum=NUMBER remoteChecksum=NUMBER reincarnateOurs=NUMBER reincarnateTheirs=NUMBER`},
		{false, `level=INFO msg="heal: reincarnating" local=ADDRESS target=ADDRESS ours=NUMBER theirs=NUMBER`},
		{false, `level=INFO msg="heal: merged" local=ADDRESS target=ADDRESS took=DURATION ours=4 theirs=4 localChecksum=NUMBER remoteChecksum=NUMBER learned=NUMBER members=4 checksum=NUMBER`},
		{true, `level=INFO msg="heal: the cluster is whole again" local=ADDRESS after=DURATION members=4 checksum=NUMBER`},
	} {
		pattern := line.pattern
		for name, is := range map[string]string{"NUMBER": number, "DURATION": duration, "ADDRESS": address} {
			pattern = regexp.MustCompile(name).ReplaceAllLiteralString(pattern, is)
		}
		lines := regexp.MustCompile(`(?m) ` + pattern + `$`)
		total := 0
		for i, logs := range c.logs {
			found := len(lines.FindAllString(logs.String(), -1))
			total += found
			if line.each && found != 1 {
				t.Errorf("%s says %d times: %s", c.nodes[i].Address(), found, line.pattern)
			}
		}
		if total == 0 {
			t.Errorf("no node says: %s", line.pattern)
		}
	}
	if t.Failed() {
		for _, logs := range c.logs {
			t.Log(logs.String())
		}
	}
}

// The endpoint is read-only: it is open to all callers, and its keys stay.
func TestHealStatsEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network memnet.Network
		n := startIn(t, &network, discovery.Static{}, nil)
		client := network.NewTransport()
		defer client.Close()
		body, err := client.Call(t.Context(), n.Address(), wire.EndpointHealStats, []byte("null"))
		if err != nil {
			t.Fatal(err)
		}
		var stats wire.HealStats
		if err := wire.Unmarshal(body, &stats); err != nil {
			t.Fatal(err)
		}
		if stats.Version != wire.HealStatsVersion || stats.Address != n.Address() || stats.Now.AttemptSeconds != 10 {
			t.Errorf("%s", body)
		}
		keys := `^{"version":1,"address":".*","since":".*","now":{"suspected":false,"probeSeconds":10,"reachable":\d,"faulty":0,"tombstones":0},` +
			`"suspected":0,"whole":0,"found":0,"probes":0,"probesAgain":0,"probesFailed":{},"reached":0,` +
			`"reincarnations":0,"reincarnationsFailed":{},"membersOurs":0,"membersTheirs":0,"merges":0,"mergesFailed":{},` +
			`"bytes":{"joinsOut":0,"joinsIn":0,"pingsOut":0,"pingsIn":0},` +
			`"suspectedToMerge":H,"suspectedToWhole":H,"backToWhole":H,"probeToMerge":H,"theirMembers":H,"reincarnating":H}$`
		histogram := `{"buckets":\[({"le":[0-9.]+,"count":0},?)+\],"count":0,"sum":0}`
		if !regexp.MustCompile(regexp.MustCompile("H").ReplaceAllLiteralString(keys, histogram)).Match(body) {
			t.Errorf("other keys: %s", body)
		}
		if _, err := client.Call(t.Context(), n.Address(), wire.EndpointHealStats, []byte("7")); err == nil {
			t.Error("accepts a body that makes no sense")
		}
	})
}

func ExampleNode_HealStats() {
	n, err := node.New(node.Config{App: "orders", Address: "127.0.0.1:0", Hosts: discovery.Static{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer n.Close()
	s := n.HealStats()
	fmt.Println(s.Now.Suspected, s.Whole, s.Merges)
	// Output: false 0 0
}
