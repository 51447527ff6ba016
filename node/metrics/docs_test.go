package metrics_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
)

var rewrite = flag.Bool("rewrite", false, "write the tables of the documentation anew")

const (
	page         = "../../docs/metrics.md"
	begin, ended = "<!-- begin: go test ./node/metrics -run Documentation -rewrite -->\n", "<!-- end -->\n"
)

// The page of metrics lists all of them, with the help that Prometheus gets.
func TestDocumentation(t *testing.T) {
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), begin)
	table, after, closed := strings.Cut(rest, ended)
	if !found || !closed {
		t.Fatalf("no table in %s", page)
	}
	want := metricTable(t)
	if *rewrite {
		if err := os.WriteFile(page, []byte(before+begin+want+ended+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("%s is not up to date (run the test with -rewrite): %s", page, diff)
	}
}

func metricTable(t *testing.T) string {
	t.Helper()
	families, err := watched(t).Gather()
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| metric | type | labels | what it is |\n|---|---|---|---|\n")
	for _, family := range families {
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", family.GetName(), strings.ToLower(family.GetType().String()), labelNames(family), family.GetHelp())
	}
	return table.String()
}

func labelNames(family *dto.MetricFamily) string {
	var names []string
	for _, label := range family.Metric[0].Label {
		names = append(names, "`"+label.GetName()+"`")
	}
	return strings.Join(names, ", ")
}
