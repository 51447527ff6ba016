package web

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/guard/explain"
	"github.com/ringmend/ringmend/guard/internal/ringtest"
	"github.com/ringmend/ringmend/guard/timeline"
	"github.com/ringmend/ringmend/guard/watch"
)

const deploy = "../../deploy/guard"

// Rules and dashboards that name a metric which does not exist stay silent forever.
func TestWhatIsDeployedNamesMetricsThatExist(t *testing.T) {
	s, m := newServer(nil)
	m.Looked(state(ringtest.New(2)), []explain.Finding{{Kind: explain.Hidden}})
	m.Happened([]timeline.Event{{Kind: timeline.SplitEnded}})
	m.Acted(watch.Action{What: "merge"})
	exist := make(map[string]bool)
	for line := range strings.Lines(do(s, "GET", "/metrics", "").Body.String()) {
		if name := regexp.MustCompile(`^ringmend_guard_\w+`).FindString(line); name != "" {
			exist[name] = true
		}
	}
	for _, file := range []string{"alerts.yaml", "alerts_test.yaml", "dashboard.json"} {
		data, err := os.ReadFile(filepath.Join(deploy, file))
		if err != nil {
			t.Fatal(err)
		}
		names := regexp.MustCompile(`ringmend_guard_\w+`).FindAllString(string(data), -1)
		if len(names) == 0 {
			t.Errorf("%s names no metric", file)
		}
		for _, name := range names {
			if !exist[name] {
				t.Errorf("%s names %s, which does not exist", file, name)
			}
		}
	}
	data, err := os.ReadFile(filepath.Join(deploy, "dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct{ Panels []struct{ Title string } }
	if err := json.Unmarshal(data, &dashboard); err != nil || len(dashboard.Panels) == 0 {
		t.Errorf("the dashboard: %v", err)
	}
}

func TestAlertRules(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("skipped: there is no promtool (Debian: prometheus)")
	}
	for _, args := range [][]string{{"check", "rules", "alerts.yaml"}, {"test", "rules", "alerts_test.yaml"}} {
		cmd := exec.CommandContext(t.Context(), promtool, args...)
		cmd.Dir = deploy
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}
