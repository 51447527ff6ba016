package metrics_test

import (
	"fmt"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"

	"github.com/ringmend/ringmend/internal/doctable"
)

// The page of metrics lists all of them, with the help that Prometheus gets.
func TestDocumentation(t *testing.T) {
	doctable.Check(t, "../../docs/metrics.md", "./node/metrics", metricTable(t))
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
