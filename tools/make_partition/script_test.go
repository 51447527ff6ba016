package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// TestScripts runs command lines on lists of sockets and compares all that they
// print. "run lsof" reads testdata/input/lsof.txt or the capture of that name in
// package sockets; the command line stands below it. Written anew with -rewrite.
func TestScripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				if d.Cmd != "run" || len(d.CmdArgs) != 1 {
					d.Fatalf(t, "want: run INPUT")
				}
				return runScript(t, d.CmdArgs[0].Key, strings.Fields(d.Input))
			})
		})
	}
}

// noon is when all cuts of these tests are made.
func noon() time.Time { return time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC) }

func runScript(t *testing.T, input string, args []string) string {
	var stdout, stderr bytes.Buffer
	code := execute(t.Context(), args, &program{stdin: strings.NewReader(readInput(t, input)), stdout: &stdout, stderr: &stderr, now: noon})
	if said := stderr.String(); code != exitOK &&
		(stdout.Len() > 0 || !strings.HasPrefix(said, "Error: ") || strings.Count(said, "\n") != 1) {
		t.Errorf("%v fails, and prints more than an error of one line:\n%s%s", args, &stdout, said)
	}
	out := stdout.String() + stderr.String()
	if code != exitOK {
		out += fmt.Sprintf("exit code %d\n", code)
	}
	return out
}

func readInput(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"testdata/input", "sockets/testdata/captures"} {
		if text, err := os.ReadFile(filepath.Join(dir, name+".txt")); err == nil {
			return string(text)
		}
	}
	t.Fatalf("no input %q", name)
	return ""
}
