package integration

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/integration/cluster"
	"github.com/ringmend/ringmend/integration/ringpopnode"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// nodeApp is the application that ringpop-node's main.js is of.
const nodeApp = "ringpop"

// startRingpopNode returns a ringpop-node that believes what it is told: it is a
// cluster of its own, its gossip is stopped, and its timers do not run out.
func startRingpopNode(t *testing.T) *cluster.Node {
	t.Helper()
	const never = "--%s-period=1000000000" // ms
	program := cluster.Command(t, "ringpop-node, without timers", "node", ringpopnode.Install(t),
		fmt.Sprintf(never, "suspect"), fmt.Sprintf(never, "faulty"), fmt.Sprintf(never, "tombstone"))
	c := cluster.Start(t, program)
	c.Wait("ringpop-node answers", c.Agree)
	mustCall(t, c.Nodes[0], wire.EndpointGossipStop, "null")
	return c.Nodes[0]
}

func mustCall(t *testing.T, n *cluster.Node, endpoint, body string) string {
	t.Helper()
	answer, err := n.Call(t.Context(), endpoint, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// shape lists the keys of a JSON value with the types of their values: "a.b[].c
// number".
func shape(t *testing.T, body string) []string {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	types := map[string]bool{}
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for key, value := range v {
				walk(path+"."+key, value)
			}
		case []any:
			for _, value := range v {
				walk(path+"[]", value)
			}
		case float64:
			types[path+" number"] = true
		default:
			types[fmt.Sprintf("%s %T", path, v)] = true
		}
	}
	walk("", value)
	return slices.Sorted(maps.Keys(types))
}

func TestShapeOfRingpopNodesAnswers(t *testing.T) {
	n := startRingpopNode(t)
	if got := mustCall(t, n, wire.EndpointHealth, ""); got != "ok" {
		t.Errorf("%s answers %q, want ok", wire.EndpointHealth, got)
	}
	change := func(prefix string, keys ...string) []string {
		for i, key := range keys {
			keys[i] = prefix + "." + key
		}
		return keys
	}
	changes := change(".changes[]", "address string", "id string", "incarnationNumber number",
		"source string", "sourceIncarnationNumber number", "status string")
	ping := fmt.Sprintf(`{"changes":[{"address":"127.0.0.1:2","status":"alive","incarnationNumber":5,"labels":{"a":"b"}}],
		"checksum":1,"source":"127.0.0.1:1","sourceIncarnationNumber":1,"app":%q}`, nodeApp)
	for _, tt := range []struct {
		endpoint, body string
		want           []string
	}{
		{wire.EndpointPing, ping, changes}, // the labels are gone
		{wire.EndpointPingReq, `{"changes":[],"checksum":1,"source":"127.0.0.1:1","sourceIncarnationNumber":1,"target":"127.0.0.1:3"}`,
			append(slices.Clip(changes), ".pingStatus bool", ".target string")},
		{wire.EndpointJoin, `{"app":"ringpop","source":"127.0.0.1:1","incarnationNumber":1}`,
			append(change(".membership[]", "address string", "incarnationNumber number", "source string", "status string"),
				".app string", ".coordinator string", ".membershipChecksum number")},
		{wire.EndpointLookup, `{"key":"a"}`, []string{".dest string"}},
		{wire.EndpointStats, `null`, slices.Concat(
			[]string{".hooks <nil>", ".version string", ".timestamp number", ".uptime number", ".tchannelVersion string"},
			change(".membership", "checksum number", "members[].address string", "members[].incarnationNumber number",
				"members[].status string", "members[].dampScore number"),
			change(".process", "pid number", "memory.rss number", "memory.heapTotal number", "memory.heapUsed number",
				"memory.external number", "memory.arrayBuffers number"),
			change(".protocol", "protocolRate number", "clientRate number", "serverRate number", "totalRate number"),
			change(".protocol.timing", "type string", "min number", "max number", "sum number", "variance number", "mean number",
				"std_dev number", "count number", "median number", "p75 number", "p95 number", "p99 number", "p999 number"),
			change(".ring", "checksum number", "servers[] string"))},
	} {
		slices.Sort(tt.want)
		if diff := cmp.Diff(tt.want, shape(t, mustCall(t, n, tt.endpoint, tt.body))); diff != "" {
			t.Errorf("answer of %s (-want +got):\n%s", tt.endpoint, diff)
		}
	}
}

func TestRingpopNodesRefusals(t *testing.T) {
	n := startRingpopNode(t)
	for _, tt := range []struct{ name, endpoint, body, want string }{
		{"a join of oneself", wire.EndpointJoin, fmt.Sprintf(`{"app":%q,"source":%q,"incarnationNumber":1}`, nodeApp, n.Address),
			"A node tried joining a cluster by attempting to join itself. The joiner (" + n.Address + ") must join someone else."},
		{"a join of another app", wire.EndpointJoin, `{"app":"other","source":"127.0.0.1:1","incarnationNumber":1}`,
			"A node tried joining a different app cluster. The expected app (ringpop) did not match the actual app (other)."},
		// It has reasons for these, but its errors lose their texts on the way.
		{"a ping of another app", wire.EndpointPing, `{"app":"other","source":"127.0.0.1:1","checksum":1,"changes":[]}`, "{}"},
		{"a ping with checksum 0", wire.EndpointPing, `{"source":"127.0.0.1:1","checksum":0,"changes":[]}`, "{}"},
	} {
		answer, err := n.Call(t.Context(), tt.endpoint, []byte(tt.body))
		var remote *tchan.RemoteError
		if !errors.As(err, &remote) || remote.Message != tt.want {
			t.Errorf("%s: got answer %s and error %v, want error %q", tt.name, answer, err, tt.want)
		}
	}
}
