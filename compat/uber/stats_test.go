package ringpop

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uber-common/bark"
	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node"
	nodeswim "github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/uber/ringpop-go/discovery/statichosts"
	"github.com/uber/ringpop-go/forward"
	"github.com/uber/ringpop-go/swim"
)

// listedStats returns the keys of compat/stats.txt, and the reason for which one is not emitted.
func listedStats(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../stats.txt")
	if err != nil {
		t.Fatal(err)
	}
	keys := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, reason, not := strings.Cut(line, " - ")
		if strings.Contains(key, " ") || not && reason == "" {
			t.Fatalf("compat/stats.txt: want a key, or a key, \" - \" and a reason: %q", line)
		}
		keys[key] = reason
	}
	return keys
}

// The list has the keys that the published source has.
func TestStatsListIsThatOfTheOriginal(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it fetches the original")
	}
	out, err := goCommand(originalModule(t), "list", "-json=Dir", modulePath)
	if err != nil {
		t.Fatal(err)
	}
	var original struct{ Dir string }
	if err := json.Unmarshal(out, &original); err != nil {
		t.Fatal(err)
	}
	tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(original.Dir, "ringpop.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	published := make(map[string]bool)
	ast.Inspect(tree, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "getStatKey" {
				published[statKey(call.Args[0])] = true
			}
		}
		return true
	})
	if len(published) < 50 {
		t.Fatalf("the original has the keys %v only: it was not read", slices.Collect(maps.Keys(published)))
	}
	listed := listedStats(t)
	for key := range published {
		if _, ok := listed[key]; !ok {
			t.Errorf("compat/stats.txt lacks %s", key)
		}
	}
	for key := range listed {
		if !published[key] {
			t.Errorf("compat/stats.txt has %s, which is no key of the original", key)
		}
	}
}

// statKey returns a key as it is listed: what is added to a text, or filled in, is an asterisk.
func statKey(e ast.Expr) (key string) {
	ast.Inspect(e, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && key == "" {
			key, _ = strconv.Unquote(lit.Value)
		}
		return true
	})
	if before, _, formatted := strings.Cut(key, "%d"); formatted {
		return before + "*"
	}
	if _, whole := e.(*ast.BasicLit); !whole {
		key += "*"
	}
	return key
}

// reporter keeps which keys it was given.
type reporter struct {
	mu   sync.Mutex
	keys map[string]bool
}

var addressInKey = regexp.MustCompile(`^ringpop\.127_0_0_1_\d+\.`)

func (r *reporter) add(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys == nil {
		r.keys = make(map[string]bool)
	}
	r.keys[addressInKey.ReplaceAllString(name, "")] = true
}

func (r *reporter) IncCounter(name string, _ bark.Tags, _ int64)          { r.add(name) }
func (r *reporter) UpdateGauge(name string, _ bark.Tags, _ int64)         { r.add(name) }
func (r *reporter) RecordTimer(name string, _ bark.Tags, _ time.Duration) { r.add(name) }

// listed returns the keys as they are listed, of those that are ringpop-go's.
func (r *reporter) listed(keys map[string]string) map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := make(map[string]bool)
	for key := range r.keys {
		if _, ok := keys[key]; ok {
			found[key] = true
			continue
		}
		for pattern := range keys {
			if prefix, open := strings.CutSuffix(pattern, "*"); open && strings.HasPrefix(key, prefix) {
				found[pattern] = true
			}
		}
	}
	return found
}

// What the list has as emitted is, and nothing else is under a key of ringpop-go's.
func TestListedStatsAreEmitted(t *testing.T) {
	r := new(reporter)
	other := newMember(t)
	m := newMember(t, Statter(r), MembershipChecksumStatPeriod(10*time.Millisecond), RingChecksumStatPeriod(10*time.Millisecond))
	if _, err := other.Bootstrap(&swim.BootstrapOptions{DiscoverProvider: statichosts.New()}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Bootstrap(&swim.BootstrapOptions{DiscoverProvider: statichosts.New(other.address)}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both know both", func() bool {
		n, err := other.CountReachableMembers()
		return err == nil && n == 2
	})
	useForwarding(t, m)
	for _, e := range rareEvents() {
		m.stats.listen(e)
	}
	m.HandleEvent(swim.JoinFailedEvent{Reason: swim.Error, Error: errors.New("for the test")})
	if err := m.SelfEvict(); err != nil {
		t.Fatal(err)
	}
	keys := listedStats(t)
	want := make(map[string]bool)
	for key, reason := range keys {
		if reason == "" {
			want[key] = true
		}
	}
	var got map[string]bool
	defer func() {
		if !t.Failed() {
			return
		}
		for key := range want {
			if !got[key] {
				t.Errorf("%s is not emitted", key)
			}
		}
	}()
	eventually(t, "all are emitted", func() bool {
		got = r.listed(keys)
		for key := range got {
			if !want[key] {
				t.Errorf("%s is emitted", key)
				want[key] = true
			}
		}
		return maps.Equal(got, want)
	})
}

// useForwarding forwards requests with all that can become of them.
func useForwarding(t *testing.T, m *member) {
	t.Helper()
	here, there := "", ""
	for i := 0; here == "" || there == ""; i++ {
		key := fmt.Sprint("key", i)
		owner, err := m.Lookup(key)
		if err != nil {
			t.Fatal(err)
		}
		if owner == m.address {
			here = key
		} else {
			there = key
		}
	}
	if _, err := m.LookupN(here, 2); err != nil {
		t.Fatal(err)
	}
	forwarding := func(reroute bool, keys ...string) error {
		_, err := m.Forward("127.0.0.1:1", keys, nil, "test", "/echo", tchannel.Raw,
			&forward.Options{MaxRetries: 1, RerouteRetries: reroute, RetrySchedule: []time.Duration{time.Millisecond}})
		return err
	}
	for what, want := range map[string]struct {
		reroute bool
		keys    []string
		fails   bool
	}{
		"to this node in the end":  {true, []string{here}, false},
		"to the other in the end":  {true, []string{there}, false},
		"to a node that is not up": {false, []string{here}, true},
		"with two owners":          {true, []string{here, there}, true},
	} {
		if err := forwarding(want.reroute, want.keys...); (err != nil) != want.fails {
			t.Errorf("a request %s: %v", what, err)
		}
	}
}

// rareEvents are events of a node that a quiet cluster does not have.
func rareEvents() []node.Event {
	peer := wire.Address("127.0.0.1:1")
	return []node.Event{
		nodeswim.FullSyncSent{To: peer}, nodeswim.FullSyncSent{To: peer, Bidirectional: true}, nodeswim.FullSyncFetched{From: peer},
		nodeswim.Refuted{}, nodeswim.Declared{Member: peer, Status: wire.Suspect}, nodeswim.JoinWaiting{Attempt: 1},
		nodeswim.PingRequestsDone{Target: peer, Helpers: 3},
		node.Called{Endpoint: wire.EndpointPingReq, Target: peer, Purpose: nodeswim.IndirectProbe},
		node.Called{Endpoint: wire.EndpointPing, Target: peer, Purpose: nodeswim.Relay},
		node.Served{Endpoint: wire.EndpointPingReq}, node.Served{Endpoint: wire.EndpointJoin},
		node.Served{Endpoint: wire.EndpointPing, Err: nodeswim.ErrNotReady},
		heal.Attempt{Target: peer}, heal.Reached{Target: peer},
	}
}
