package node_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/ring"
	"github.com/ringmend/ringmend/node/wire"
)

// These tests name the defects of the published Ringpop nodes that a node must
// not have. Those of the protocol are in node/core/defects_test.go, 12 and the
// frames of 13 in node/tchan.

// caller calls one node, as an attacker who knows the protocol would. It must be used
// in a bubble: no time passes there while a call is answered, which
// keeps the node's own gossip out of the test.
func caller(t *testing.T) (n *node.Node, call func(endpoint, body string) error) {
	t.Helper()
	var network memnet.Network
	n = startIn(t, &network, discovery.Static{}, nil)
	bootstrap(t, n)
	client := network.NewTransport()
	t.Cleanup(func() { client.Close() })
	return n, func(endpoint, body string) error {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := client.Call(ctx, n.Address(), endpoint, []byte(body))
		return err
	}
}

func pingWith(change string) string {
	return `{"source":"127.0.0.1:1","sourceIncarnationNumber":1,"checksum":1,"changes":[` + change + `]}`
}

// Defect 3: anything is stored, and a change with an unknown status at the
// largest incarnation removes a live member for good.
func TestDefect3AnythingIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, call := caller(t)
		good := fmt.Sprintf(`{"address":"127.0.0.1:2","incarnationNumber":%d,"status":"alive"}`, time.Now().UnixMilli())
		if err := call(wire.EndpointPing, pingWith(good)); err != nil {
			t.Fatal(err)
		}
		before := n.Checksum()
		for name, bad := range map[string]string{
			"unknown status":      `{"address":"127.0.0.1:2","incarnationNumber":9223372036854775807,"status":"banana"}`,
			"largest incarnation": `{"address":"127.0.0.1:2","incarnationNumber":9223372036854775807,"status":"faulty"}`,
			"2^53":                `{"address":"127.0.0.1:2","incarnationNumber":9007199254740992,"status":"faulty"}`,
			"far future":          `{"address":"127.0.0.1:2","incarnationNumber":9007199254740991,"status":"faulty"}`,
			"empty address":       `{"address":"","incarnationNumber":1,"status":"alive"}`,
			"semicolon":           `{"address":"a;b:1","incarnationNumber":1,"status":"alive"}`,
			"newline":             `{"address":"a\nb:1","incarnationNumber":1,"status":"alive"}`,
			"behind a good one":   good + `,{"address":"127.0.0.1:3","incarnationNumber":1,"status":""}`,
		} {
			if err := call(wire.EndpointPing, pingWith(bad)); err == nil {
				t.Errorf("%s is accepted", name)
			}
		}
		if n.Checksum() != before || len(n.Members()) != 2 {
			t.Errorf("the membership changed: %+v", n.Members())
		}
	})
}

// Defect 4: each change computes the checksum of the ring over all points, twice,
// under a lock. Here a change copies a few points, and lookups go on meanwhile.
func TestDefect4RingIsHashedAtEveryChange(t *testing.T) {
	var all []ring.Change
	for i := range 1000 {
		address := fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250)
		all = append(all, ring.Change{Server: address, Identity: address})
	}
	r, _ := ring.New(ring.DefaultReplicaPoints).Update(all)
	gone := []ring.Change{{Server: all[0].Server, Remove: true}}
	if allocations := testing.AllocsPerRun(100, func() { r.Update(gone) }); allocations > 50 {
		t.Errorf("a change of a ring of 1,000 costs %.0f allocations", allocations)
	}
	if allocations := testing.AllocsPerRun(100, func() { r.Lookup("key") }); allocations > 0 {
		t.Errorf("a lookup costs %.0f allocations", allocations)
	}
}

// Defect 9, listeners called under locks, is TestListeners: one of its listeners
// never returns. Defect 10, the silent cluster of one, is TestAloneUntilOthersJoin.

// Defect 13: a ping-req without anything in it crashes the process.
func TestDefect13EmptyBodiesCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, call := caller(t)
		for _, endpoint := range []string{wire.EndpointJoin, wire.EndpointPing, wire.EndpointPingReq} {
			if err := call(endpoint, "{}"); err == nil {
				t.Errorf("%s accepts {}", endpoint)
			}
		}
		if err := call(wire.EndpointPing, pingWith("{}")); err == nil {
			t.Error("an empty change is accepted")
		}
		if len(n.Members()) != 1 {
			t.Errorf("members %+v", n.Members())
		}
	})
}

// Defect 14: bodies that cannot be parsed are not answered, figures are nonsense,
// and a node alone reports checksum 0.
func TestDefect14NoAnswerAndNonsense(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, call := caller(t)
		if err := call(wire.EndpointPing, "{"); err == nil || strings.Contains(err.Error(), "deadline") {
			t.Errorf("half a body: %v", err)
		}
		if err := call(wire.EndpointJoin, `{"app":"test","source":"127.0.0.1:9","incarnationNumber":1}`); err != nil {
			t.Errorf("a join: %v", err)
		}
		const age = 90 * time.Second
		time.Sleep(age)
		stats := n.Stats()
		if stats.Membership.Checksum == 0 || stats.Ring.Checksum == 0 {
			t.Errorf("checksums of a node alone: %d, ring %d", stats.Membership.Checksum, stats.Ring.Checksum)
		}
		if uptime := time.Duration(stats.Uptime); uptime != age {
			t.Errorf("uptime %v, want %v", uptime, age)
		}
		if stats.Version != node.Version || stats.Process.Memory.RSS < stats.Process.Memory.HeapUsed || stats.Process.PID == 0 {
			t.Errorf("version %q, process %+v", stats.Version, stats.Process)
		}
	})
}

// Defect 16: loggers and random sources of the whole process, by which two nodes
// in one process disturb each other.
func TestDefect16NodesOfOneProcessDisturbEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := make([]logBuffer, 2)
		nodes := memCluster(t, 2, func(i int, c *node.Config) {
			c.Logger = slog.New(slog.NewTextHandler(&logs[i], &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		eventually(t, "both have logged", 5*time.Second, func() bool { return logs[0].String() != "" && logs[1].String() != "" })
		for i := range nodes {
			if own := "local=" + nodes[1-i].Address(); strings.Contains(logs[i].String(), own) {
				t.Errorf("a line of the other node: %s", logs[i].line(own))
			}
		}
	})
}
