package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/lab/result"
)

// atPrompt starts a system, gives it commands, and returns what is printed.
func atPrompt(t *testing.T, words string, commands ...string) string {
	t.Helper()
	needsHosts(t)
	cmd := exec.CommandContext(t.Context(), lab(t), append(strings.Fields(words), "-d", "--link-latency", "1")...)
	cmd.Stdin = strings.NewReader(strings.Join(commands, "\n") + "\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", words, err, out)
	}
	return string(out)
}

// Each command that breaks something says what came of it, and has done it.
func TestEachCommandLeavesEvidence(t *testing.T) {
	t.Parallel() // it waits more than it works
	const some = `[1-9]\d* `
	for words, commands := range map[string]map[string]string{
		"ringmend simple uniform join-storm --storm 2": {
			"cut 1 2\nsleep 1s\nmend":       `cut 1 2: ` + some + `packets cut off`,
			"one-way 1 2\nsleep 1s\nmend":   `one-way 1 2: ` + some + `packets cut off`,
			"slow 1 50ms\nsleep 1s\nmend":   `slow 1 50ms: ` + some + `packets slowed`,
			"loss * 50\nsleep 1s\nmend":     `loss \* 50: ` + some + `packets lost`,
			"pause 1\nresume":               `pause 1: process \d+ is in state T`,
			"kill 2\nrevive":                `kill 2: process \d+ is gone`,
			"join 2\nwait ready 1m\nleave ": `join 2: 2 of 2 have joined`,
		},
		"etcd simple uniform": {"fill 1\nfree 1": `fill 1: 0 bytes are free`},
		"ringmend simple uniform clock-skew": {
			"skew 1 1h\nsleep 1s\nskew 1 0s": `skew 1: the clock was read ` + some + `times while it was moved by 1h0m0s`,
		},
	} {
		if strings.HasPrefix(words, "etcd") {
			needsEtcd(t)
		}
		var script []string
		for command := range commands {
			script = append(script, command, "wait ready 2m")
		}
		out := atPrompt(t, words, script...)
		for command, want := range commands {
			if !regexp.MustCompile(want).MatchString(out) {
				t.Errorf("%q leaves no evidence such as %q in\n%s", command, want, out)
			}
		}
	}
}

// A fault that meets nothing makes a run void: nodes that do not know of each other have
// nothing to say that a cut could stop.
func TestAFaultThatDidNothing(t *testing.T) {
	t.Parallel() // it waits more than it works
	needsHosts(t)
	file := describeKV(t)
	for _, fault := range []string{"partition 1 2", "one-way", "bridge", "flapping"} {
		dir := filepath.Join(t.TempDir(), "results")
		args := append([]string{"exec:" + file, "simple", "uniform"}, strings.Fields(fault)...)
		code, stdout, stderr := runLab(t, append(args, "--number-nodes", map[bool]string{true: "2", false: "3"}[strings.HasPrefix(fault, "partition")],
			"--duration", "3", "--rate", "20", "--link-latency", "1", "--op-timeout", "30s", "--max-lateness", "1m", "--result-location", dir)...)
		if code != exitVoid || !strings.Contains(stdout, "did nothing: 0 packets cut off") {
			t.Errorf("%s: exit code %d\n%s%s", fault, code, stdout, stderr)
		}
	}
}

// describeKV builds a store whose nodes do not know of each other, and describes it.
func describeKV(t *testing.T) (file string) {
	t.Helper()
	dir := filepath.Dir(lab(t))
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "kv"), "./testdata/kv").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	file = filepath.Join(dir, "kv.json")
	text := fmt.Sprintf(`{"version":1, "start":[%q,"{{.Address}}:8080"], "model":"register",
 "write":{"url":"http://{{.Address}}:8080/{{.Key}}","body":"{{.Value}}"}, "read":{"url":"http://{{.Address}}:8080/{{.Key}}"}}`, filepath.Join(dir, "kv"))
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// A node whose wall clock goes back by an hour owns what it owned, and no member is faulty.
func TestClockSkew(t *testing.T) {
	t.Parallel() // it waits more than it works
	needsHosts(t)
	dir := filepath.Join(t.TempDir(), "results")
	code, stdout, stderr := runLab(t, "ringmend", "simple", "uniform", "clock-skew", "--skew", "-1h", "--duration", "6", "--rate", "20", "--link-latency", "1",
		"--op-timeout", "30s", "--max-lateness", "1m", "--result-location", dir)
	if code != exitOK {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	r := load(t, dir)
	if e := r.Summary.Evidence; len(e) != 1 || !strings.Contains(e[0].Detail, "moved by -1h0m0s") {
		t.Errorf("%+v", e)
	}
	if code, _, stderr := runLab(t, "ringmend", "simple", "uniform", "clock-skew", "--ringmend", "/bin/true"); code != exitFailed || !strings.Contains(stderr, "leave it out") {
		t.Errorf("a program that was not built for it: %d, %s", code, stderr)
	}
}

// Both sides of a partition assign names when both take over, and no name has two values when
// neither does.
func TestEinstein(t *testing.T) {
	t.Parallel() // it waits more than it works
	needsHosts(t)
	run := func(system, duration string) (int, *result.Run) {
		t.Helper()
		dir := filepath.Join(t.TempDir(), system)
		code, stdout, stderr := runLab(t, system, "simple", "uniform", "partition", "1|2,3", "--duration", duration, "--rate", "20", "--max-key", "9",
			"--link-latency", "1", "--max-lateness", "1m", "--result-location", dir)
		if code != exitOK && code != exitFailed {
			t.Fatalf("%s: exit code %d\n%s%s", system, code, stdout, stderr)
		}
		return code, load(t, dir)
	}
	if code, r := run("einstein+none", "9"); code != exitOK || r.Summary.Phase("during").Answered == 100 {
		t.Errorf("none: exit code %d, %+v", code, r.Summary)
	}
	code, r := run("einstein+auto", "45")
	if code != exitFailed || len(r.Summary.Checks) != 2 {
		t.Fatalf("auto: exit code %d, %+v", code, r.Summary)
	}
	for _, c := range r.Summary.Checks {
		if c.Verdict != result.Violated || len(c.Where) == 0 {
			t.Errorf("auto: %+v", c)
		}
	}
	if _, err := os.Stat(filepath.Join(r.Dir, result.HistoryFile)); err != nil {
		t.Error(err)
	}
}
