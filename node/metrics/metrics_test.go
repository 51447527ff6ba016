package metrics_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/metrics"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

const deploy = "../../deploy/node"

// newNode returns a node that is alone and ready.
func newNode(t *testing.T, listen func(node.Event)) *node.Node {
	t.Helper()
	n, err := node.New(node.Config{
		App: "test", Address: "127.0.0.1:3000", Hosts: discovery.Static{"127.0.0.1:3000"},
		Transport: new(memnet.Network).NewTransport(), Listener: listen,
		Resolve: node.Resolve{Strategy: node.KeepMajority},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	if err := n.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n
}

// watched returns a registry with the metrics of a node that is alone.
func watched(t *testing.T) *prometheus.Registry {
	t.Helper()
	m := metrics.New()
	m.Watch(newNode(t, m.Listen))
	registry := prometheus.NewPedanticRegistry() // which checks what is collected against what is described
	registry.MustRegister(m)
	return registry
}

func TestNamesUnitsAndHelpAreAsPrometheusWantsThem(t *testing.T) {
	registry := watched(t)
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	promtool := tool(t)
	check := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	check.Stdin = exposition(t, registry)
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

func exposition(t *testing.T, registry *prometheus.Registry) *bytes.Buffer {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	text := new(bytes.Buffer)
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(text, family); err != nil {
			t.Fatal(err)
		}
	}
	return text
}

func tool(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("skipped: promtool is not installed (tools/install-test-tools.sh)")
	}
	return path
}

// Each event that is counted, and the series that it makes or changes.
func TestEventsAreCounted(t *testing.T) {
	refused := fmt.Errorf("dial: %w", syscall.ECONNREFUSED)
	member := &swim.Member{Status: wire.Suspect}
	for _, test := range []struct {
		event node.Event
		want  string
	}{
		{node.Called{Endpoint: wire.EndpointPing, Sent: 50, Received: 60, Duration: time.Second},
			`call_duration_seconds{endpoint="ping"} 1 of 1, call_received_bytes_total{endpoint="ping"} 60, call_sent_bytes_total{endpoint="ping"} 50, calls_total{endpoint="ping",purpose="probe"} 1`},
		{node.Called{Endpoint: wire.EndpointJoin, Purpose: swim.HealAttempt, Sent: 50, Err: refused},
			`call_failures_total{endpoint="join",reason="refused"} 1, call_sent_bytes_total{endpoint="join"} 50, calls_total{endpoint="join",purpose="heal-attempt"} 1`},
		{node.Served{Endpoint: wire.EndpointPingReq}, `served_total{endpoint="ping-req"} 1`},
		{node.Served{Endpoint: wire.EndpointPing, Err: refused}, `served_refused_total{endpoint="ping"} 1, served_total{endpoint="ping"} 1`},
		{node.Served{Endpoint: "/protocol/new"}, `served_total{endpoint="other"} 1`},
		{swim.MembersChanged{Changes: []swim.MemberChange{{After: member}, {Before: member}}}, `member_changes_total{status="suspect"} 1`},
		{node.RingChanged{Added: []string{"a"}, Changed: []string{"b"}, Removed: []string{"c", "d", "e"}}, `ring_servers_added_total{} 2, ring_servers_removed_total{} 3`},
		{swim.Declared{Status: wire.Faulty}, `declared_total{status="faulty"} 1`},
		{swim.Refuted{}, `refutations_total{} 1`},
		{swim.FullSyncSent{Bidirectional: true}, `full_syncs_sent_total{fetched="yes"} 1`},
		{swim.FullSyncFetched{Applied: 1}, `full_syncs_fetched_total{result="news"} 1`},
		{swim.FullSyncFetched{}, `full_syncs_fetched_total{result="no-news"} 1`},
		{swim.FullSyncFetched{Err: refused}, `full_syncs_fetched_total{result="failed"} 1`},
		{swim.JoinFailed{Err: errors.New("x")}, `join_failures_total{reason="other"} 1`},
		{swim.PingRequestsDone{Outcome: swim.ProbeUnreachable}, `indirect_probes_total{outcome="unreachable"} 1`},
		{swim.Stalled{For: 1500 * time.Millisecond}, `stall_seconds_total{} 1.5, stalls_total{} 1`},
		{swim.ChecksumsDisagree{}, `checksum_disagreements_total{} 1`},
		{swim.AnswerChangesSkipped{Count: 4}, `answer_changes_skipped_total{} 4`},
		{swim.TableFull{Refused: 7}, `members_refused_total{} 7`},
		{node.EventsLost{Count: 9}, `events_lost_total{} 9`},
		{swim.PingFailed{Err: refused}, ``}, // counted as a call
	} {
		m := metrics.New()
		m.Listen(test.event)
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(m)
		if diff := cmp.Diff(test.want, strings.Join(nonzero(t, registry), ", ")); diff != "" {
			t.Errorf("%T: %s", test.event, diff)
		}
	}
}

// nonzero returns the series that are not zero, sorted.
func nonzero(t *testing.T, registry *prometheus.Registry) (series []string) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.Metric {
			var labels []string
			for _, l := range m.Label {
				labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			name := fmt.Sprintf("%s{%s}", strings.TrimPrefix(family.GetName(), "ringmend_"), strings.Join(labels, ","))
			if v := m.GetCounter().GetValue() + m.GetGauge().GetValue(); v != 0 {
				series = append(series, fmt.Sprintf("%s %v", name, v))
			}
			if h := m.GetHistogram(); h.GetSampleCount() > 0 {
				series = append(series, fmt.Sprintf("%s %v of %d", name, h.GetSampleSum(), h.GetSampleCount()))
			}
		}
	}
	slices.Sort(series)
	return series
}

// A node that is alone and ready shows that, and nothing that went wrong.
func TestTheStateOfANode(t *testing.T) {
	registry := watched(t)
	got := nonzero(t, registry)
	for _, want := range []string{
		`members{status="alive"} 1`, `ready{} 1`, `self_status{status="alive"} 1`, `ring_servers{} 1`,
		`protocol_period_seconds{} 0.2`, `heal_probe_interval_seconds{} 10`,
	} {
		if !slices.Contains(got, want) {
			t.Errorf("not there: %s", want)
		}
	}
	for _, series := range got {
		if strings.Contains(series, "fail") || strings.Contains(series, "heal_part") {
			t.Errorf("a healthy node shows %s", series)
		}
	}
}

// A counter that first appears with the value 1 has no rate: those that alerts and
// dashboards ask for are there from the start.
func TestWhatDashboardsAndAlertsAskForIsThere(t *testing.T) {
	registry := watched(t)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	there := make(map[string]bool)
	for _, family := range families {
		there[family.GetName()] = true
	}
	names := regexp.MustCompile(`\bringmend_[a-z_]+`)
	asked := 0
	for _, file := range []string{"alerts.yml", "alerts_test.yml", "dashboard.json"} {
		data, err := os.ReadFile(filepath.Join(deploy, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names.FindAllString(string(data), -1) {
			asked++
			if !there[strings.TrimSuffix(name, "_bucket")] {
				t.Errorf("%s asks for %s, which is not there", file, name)
			}
		}
	}
	if asked < 30 {
		t.Errorf("%d names found: the test does not see them", asked)
	}
}

func TestAlertRules(t *testing.T) {
	promtool := tool(t)
	for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}, {"check", "config", "prometheus.yml"}} {
		cmd := exec.CommandContext(t.Context(), promtool, args...)
		cmd.Dir = deploy
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}

// Programs that are not scraped do without Prometheus' client and the pages.
func TestTheLibraryDoesWithoutThem(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "github.com/ringmend/ringmend/node").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		path := strings.TrimSpace(line)
		if strings.HasPrefix(path, "github.com/prometheus/") || path == "net/http/pprof" || strings.HasSuffix(path, "ringmend/node/web") {
			t.Errorf("package node depends on %s", path)
		}
	}
}
