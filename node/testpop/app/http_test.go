package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/ports"
)

// fetch returns a page; code 0 means no answer.
func fetch(t *testing.T, address, path string) (code int, page string) {
	t.Helper()
	response, err := http.Get("http://" + address + path)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// A node answers probes before it has joined, is ready when it has, and is gone after
// the node is.
func TestHTTP(t *testing.T) {
	addresses := ports.Addresses(t, 4)
	hosts := writeHosts(t, addresses[:2])
	first := startProcess(t, "-listen="+addresses[0], "-hosts="+hosts, "-http="+addresses[2], "-log-format=json")
	await.Until(t, await.Patience, func() string {
		if code, page := fetch(t, addresses[2], "/livez"); code != http.StatusOK {
			return page + first.said()
		}
		return ""
	})
	if code, page := fetch(t, addresses[2], "/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("not joined: %d %s", code, page)
	}
	second := startProcess(t, "-listen="+addresses[1], "-hosts="+hosts, "-http="+addresses[3])
	for _, address := range addresses[2:] {
		await.True(t, await.Patience, "ready", func() bool {
			code, _ := fetch(t, address, "/readyz")
			return code == http.StatusOK
		})
	}
	if _, page := fetch(t, addresses[3], "/statusz"); !strings.Contains(page, "2 alive") {
		t.Errorf("/statusz:\n%s", page)
	}
	if code, _ := fetch(t, addresses[3], "/debug/pprof/"); code != http.StatusNotFound {
		t.Errorf("profiles are there unasked: %d", code)
	}
	for line := range strings.Lines(first.said()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
	for _, p := range []*process{first, second} {
		p.signal(t, syscall.SIGTERM)
		if code := p.exitCode(t); code != 0 {
			t.Errorf("exit code %d\n%s", code, p.said())
		}
	}
}

// A port that is taken is an error, and not a node without metrics.
func TestHTTPPortInUse(t *testing.T) {
	addresses := ports.Addresses(t, 2)
	hosts := writeHosts(t, addresses[:1])
	p := startProcess(t, "-listen="+addresses[0], "-hosts="+hosts, "-http="+addresses[0])
	if code := p.exitCode(t); code != 1 || !strings.Contains(p.said(), "testpop: http: listen tcp "+addresses[0]) {
		t.Errorf("exit code %d\n%s", code, p.said())
	}
}

// The Prometheus of Debian scrapes nodes and evaluates the rules in deploy/node.
func TestPrometheusScrapes(t *testing.T) {
	for _, program := range []string{"prometheus", "promtool"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("skipped: %s is not installed (tools/install-test-tools.sh)", program)
		}
	}
	addresses := ports.Addresses(t, 5)
	hosts := writeHosts(t, addresses[:2])
	for i := range 2 {
		startProcess(t, "-listen="+addresses[i], "-hosts="+hosts, "-http="+addresses[2+i])
	}
	prometheus := startPrometheus(t, addresses[4], addresses[2:4])
	ask := func(query string) string {
		_, answer := fetch(t, addresses[4], "/api/v1/query?query="+url.QueryEscape(query))
		var parsed struct {
			Data struct {
				Result []struct{ Value [2]any }
			}
		}
		if json.Unmarshal([]byte(answer), &parsed) != nil || len(parsed.Data.Result) != 1 {
			return answer
		}
		return fmt.Sprint(parsed.Data.Result[0].Value[1])
	}
	for query, want := range map[string]string{
		`sum(up{job="ringmend"})`:                                 "2",
		`sum(ringmend_ready)`:                                     "2",
		`min(ringmend_members{status="alive"})`:                   "2",
		`count(count_values("c", ringmend_membership_checksum))`:  "1",
		`sum(ringmend_heal_partition_suspected)`:                  "0",
		`min(rate(ringmend_served_total{endpoint="ping"}[1m])>0)`: "", // some number
	} {
		await.Until(t, await.Patience, func() string {
			got := ask(query)
			if got == want || want == "" && !strings.HasPrefix(got, "{") {
				return ""
			}
			return fmt.Sprintf("%s is %s, want %s\n%s", query, got, want, prometheus.String())
		})
	}
	_, rules := fetch(t, addresses[4], "/api/v1/rules")
	if !strings.Contains(rules, `"name":"RingmendSplit"`) || strings.Contains(rules, `"health":"err"`) {
		t.Errorf("rules: %s", rules)
	}
	_, page := fetch(t, addresses[2], "/metrics")
	check := exec.CommandContext(t.Context(), "promtool", "check", "metrics")
	check.Stdin = strings.NewReader(page)
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

func startPrometheus(t *testing.T, address string, targets []string) *await.Buffer {
	t.Helper()
	dir := t.TempDir()
	rules, err := filepath.Abs("../../../deploy/node/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(targets)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "prometheus.yml")
	text := fmt.Sprintf("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [%q]\n"+
		"scrape_configs: [{job_name: ringmend, static_configs: [{targets: %s}]}]\n", rules, quoted)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	said := new(await.Buffer)
	cmd := exec.Command("prometheus", "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address)
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil && !strings.Contains(err.Error(), "signal") {
			t.Log(err)
		}
	})
	return said
}
