package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	common "github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/sim/internal/cli"
)

func detectstudy(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	p := program{Session: cli.NewSession(t.Context(), &out, io.Discard)}
	err := p.run(args)
	return out.String(), err
}

func TestNonsenseIsAUsageError(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"--nodes 1", "nodes must be from 4"},
		{"--nodes 5000", "nodes must be from 4"},
		{"--stopped 100", "stopped must be from 1 to 99"},
		{"--runs 0", "runs must be from 1"},
		{"--parallel 0", "parallel must be from 1"},
		{"extra", "unexpected argument"},
	} {
		if _, err := detectstudy(t, strings.Fields(c.args)...); !errors.Is(err, common.ErrUsage) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.args, err, c.says)
		}
	}
}

// The model is a part of the study that may take minutes, and a signal ends it, too.
func TestStopEndsTheModel(t *testing.T) {
	stop, cancel := context.WithCancel(t.Context())
	cancel()
	p := program{Session: cli.NewSession(stop, io.Discard, io.Discard)}
	if err := p.run([]string{"--nodes", "4", "--stopped", "3", "--runs", "1"}); !errors.Is(err, errStopped) {
		t.Error(err)
	}
}

// The tables have a column for each of the rules, and the chart is a document.
func TestTablesAndChart(t *testing.T) {
	svg := filepath.Join(t.TempDir(), "detection.svg")
	out, err := detectstudy(t, "--nodes", "4,10", "--stopped", "3", "--runs", "1", "--svg", svg)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| adaptive | fixed times | Ringpop's rules | memberlist's |",
		"| 10 | one: crash (ports closed) | ", "| 4 | one: vanish (packets dropped) | ", "| 63 | 60 of them: crash (ports closed) | ",
		"| 100 | 3 stopped | 0, 0 | ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	text, err := os.ReadFile(svg)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(text, new(struct{})); err != nil {
		t.Error("the chart:", err)
	}
}
