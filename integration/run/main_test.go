package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/integration/cluster"
	"github.com/ringmend/ringmend/integration/vectors"
)

func TestMain(m *testing.M) { os.Exit(cluster.Main(m)) }

func TestWrongCommandLines(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no program":          {nil, "--program is required"},
		"no such program":     {[]string{"--program", "/no/such/file"}, "no such file"},
		"directory":           {[]string{"--program", "/"}, "is a directory"},
		"unknown flag":        {[]string{"--programm", "x"}, "unknown flag"},
		"argument":            {[]string{"x"}, `unexpected argument "x"`},
		"unknown area":        {[]string{"--program", "x", "--only", "joint"}, `no area or vector named "joint"`},
		"size":                {[]string{"--program", "x", "--sizes", "0"}, "0 is not from 1 to 100"},
		"flavour":             {[]string{"--program", "x", "--flavour", "rust"}, "rust"},
		"unknown list":        {[]string{"--program", "x", "--known", "theirs"}, `nothing of "theirs"`},
		"unknown interpreter": {[]string{"--program", os.Args[0], "--interpreter", "no-such-command"}, "no-such-command"},
		"no vectors":          {[]string{"--program", "x", "--vectors", t.TempDir()}, "schema"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(c.args, &stdout, &stderr); code != exitUsage {
			t.Errorf("%s: exit code %d, want %d", name, code, exitUsage)
		}
		if got := stderr.String(); !strings.HasPrefix(got, "Error: ") || !strings.Contains(got, c.want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: printed %q, want one line with %q", name, got, c.want)
		}
	}
}

func TestHelpAndList(t *testing.T) {
	for flag, want := range map[string]string{"--help": "--interpreter", "--list": "join-everybody-answers"} {
		var stdout, stderr bytes.Buffer
		if code := run([]string{flag}, &stdout, &stderr); code != exitOK || stderr.Len() > 0 {
			t.Errorf("%s: exit code %d, %s", flag, code, stderr.String())
		}
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("%s prints nothing of %s:\n%s", flag, want, stdout.String())
		}
	}
}

func TestARun(t *testing.T) {
	dir := t.TempDir()
	junit, results := filepath.Join(dir, "junit.xml"), filepath.Join(dir, "results.json")
	var stdout, stderr bytes.Buffer
	code := run([]string{
		"--program", cluster.Build(t, cluster.Ringmend), "--known", "ours",
		"--only", "ping-answer,status-unknown-member", "--sizes", "2,1", "--junit", junit, "--json", results,
	}, &stdout, &stderr)
	if code != exitOK || stderr.Len() > 0 {
		t.Fatalf("exit code %d, %s%s", code, stdout.String(), stderr.String())
	}
	const table = `vector                    1     2
ping-answer            pass  pass
status-unknown-member     -  pass

3 runs: 3 passed, 0 failed
`
	if stdout.String() != table {
		t.Errorf("printed\n%s\nwant\n%s", stdout.String(), table)
	}
	var suites struct {
		Suites []struct {
			Tests int `xml:"tests,attr"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(read(t, junit), &suites); err != nil || len(suites.Suites) != 2 {
		t.Errorf("JUnit: %+v, %v; want two suites", suites, err)
	}
	var list []struct {
		Vector, Outcome string
		Size            int
	}
	if err := json.Unmarshal(read(t, results), &list); err != nil || len(list) != 3 || list[1].Outcome != "pass" {
		t.Errorf("JSON: %+v, %v; want three results", list, err)
	}
}

func TestAFailedRun(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, vectors.Files); err != nil {
		t.Fatal(err)
	}
	const content = `{"about":"wrong on purpose","vectors":[{"name":"wrong","about":"A lone node has five members","source":"nobody","sizes":{"min":1},"steps":[{"stats":{"count":5},"within":50}]}]}`
	if err := os.WriteFile(filepath.Join(dir, "zzz.json"), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := run([]string{"--program", cluster.Build(t, cluster.Ringmend), "--vectors", dir, "--only", "wrong", "--sizes", "1", "-v"}, &stdout, &stderr)
	if code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	if want := "FAIL wrong n=1: step 1 (stats): number of members: is 1, want 5\n  rule: A lone node has five members (nobody)\n"; !strings.Contains(stdout.String(), want) {
		t.Errorf("printed\n%s\nwant\n%s", stdout.String(), want)
	}
	if want := "fail    wrong n=1"; !strings.HasPrefix(stderr.String(), want) {
		t.Errorf("progress is %q, want it to begin with %q", stderr.String(), want)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestAFullDiskIsAnError(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("skipped: there is no /dev/full here: %v", err)
	}
	defer full.Close()
	for _, flag := range []string{"--help", "--list"} {
		var stderr bytes.Buffer
		if code := run([]string{flag}, full, &stderr); code != exitFailed || !strings.Contains(stderr.String(), "no space left on device") {
			t.Errorf("%s: exit code %d, %q", flag, code, stderr.String())
		}
	}
}
