package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringmend/ringmend/lab/host"
	"github.com/ringmend/ringmend/lab/result"
)

// built holds this program as it was built for the tests, when one first needed it. The
// name of its directory is in the command line of all that it leaves behind.
var built struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// lab returns the path of this program.
func lab(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "ringmend-lab-test-"); built.err != nil {
			return
		}
		if out, err := exec.Command("go", "build", "-o", filepath.Join(built.dir, "lab"), ".").CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "lab")
}

func needsHosts(t *testing.T) {
	t.Helper()
	if err := host.Missing(); err != nil {
		t.Skip("skipped:", err)
	}
}

func needsEtcd(t *testing.T) {
	t.Helper()
	needsHosts(t)
	if _, err := exec.LookPath("etcd"); err != nil {
		t.Skip("skipped: there is no etcd (Debian: etcd-server)")
	}
}

// runLab runs the program to its end.
func runLab(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), lab(t), args...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), said.String()
}

// load returns the results of a run, and checks what holds of all.
func load(t *testing.T, dir string) *result.Run {
	t.Helper()
	r, err := result.LoadAll(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{result.PacketsFile, result.ReportFile, "logs/node-1.log"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if want := int(r.Config.Rate * r.Config.DurationS); len(r.Ops) != want {
		t.Errorf("%d operations, want %d", len(r.Ops), want)
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); !os.IsNotExist(err) {
		t.Errorf("the nodes' data: %v", err)
	}
	return r
}

// A short run of etcd: the cut is there, what was answered is linearizable. A timeout
// longer than the run leaves nothing unanswered, however slow the machine is.
func TestAShortRunOfEtcd(t *testing.T) {
	t.Parallel() // it waits more than it works
	needsEtcd(t)
	dir := filepath.Join(t.TempDir(), "results")
	code, stdout, stderr := runLab(t, "etcd-pre-vote", "simple", "uniform", "partial-partition", "--duration", "9", "--rate", "20", "--link-latency", "2",
		"--write-ratio", "0.5", "--op-timeout", "30s", "--failure-timeout", "3s", "--max-lateness", "1m", "--result-location", dir)
	if code != exitOK {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	r := load(t, dir)
	if r.Summary.Verdict != result.Passed || len(r.Summary.Evidence) != 1 || !r.Summary.Evidence[0].OK || len(r.Summary.Checks) != 1 {
		t.Errorf("%+v", r.Summary)
	}
	if _, err := os.Stat(filepath.Join(dir, result.HistoryFile)); err != nil {
		t.Error(err)
	}
	if code, stdout, stderr := runLab(t, "export", "--reckon", dir); code != 0 || !strings.HasPrefix(stdout, `[{"t_submitted":`) {
		t.Errorf("export: %d, %.200s %s", code, stdout, stderr)
	}
	if code, stdout, _ := runLab(t, "compare", dir, "--json"); code != 0 || !strings.Contains(stdout, `"metric": "answered during"`) {
		t.Errorf("compare: %d, %.200s", code, stdout)
	}
}

// A short run of ringmend: a node that reaches a third one through helpers holds no member faulty.
func TestAShortRunOfRingmend(t *testing.T) {
	t.Parallel() // it waits more than it works
	needsHosts(t)
	dir := filepath.Join(t.TempDir(), "results")
	code, stdout, stderr := runLab(t, "ringmend", "wan", "zipf", "partial-partition", "--duration", "15", "--rate", "10", "--link-latency", "2",
		"--op-timeout", "30s", "--max-lateness", "1m", "--result-location", dir, "--json")
	if code != exitOK {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	r := load(t, dir)
	if m := r.Summary.Membership; m == nil || m.Agreed == nil || m.AcceptsByTwo > 0 {
		t.Errorf("%+v", m)
	}
}

// What is missing is said in one line.
func TestOneClearLine(t *testing.T) {
	run := []string{"etcd", "simple", "uniform", "none"}
	for name, test := range map[string]struct {
		wrap []string
		env  []string
		want string
	}{
		"without root":         {[]string{"setpriv", "--reuid", "65534", "--clear-groups"}, nil, "Error: network namespaces and TUN devices need root"},
		"without /dev/net/tun": {[]string{"unshare", "-m", "sh", "-c", `mount -t tmpfs none /dev/net && exec "$@"`, "sh"}, nil, "Error: the hosts' links are TUN devices, and there are none here"},
		"without etcd":         {nil, []string{"PATH=/nonexistent"}, "Error: there is no etcd (Debian: etcd-server; or --etcd PATH)"},
	} {
		t.Run(name, func(t *testing.T) {
			needsHosts(t)
			line := append(append(test.wrap, lab(t)), run...)
			if _, err := exec.LookPath(line[0]); err != nil {
				t.Skip("skipped:", err)
			}
			if err := os.Chmod(built.dir, 0o755); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), line[0], line[1:]...)
			// In the cache there may be an etcd that was built.
			cmd.Env = append(append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir()), test.env...)
			cmd.Dir = t.TempDir()
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState == nil {
				t.Fatal(err)
			}
			if cmd.ProcessState.ExitCode() != exitFailed || strings.Count(string(out), "\n") != 1 || !strings.HasPrefix(string(out), test.want) {
				t.Errorf("exit code %d: %s", cmd.ProcessState.ExitCode(), out)
			}
			if left, _ := os.ReadDir(cmd.Dir); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
		})
	}
}

func TestCommandLinesThatMakeNoSense(t *testing.T) {
	for line, want := range map[string]string{
		"":                                  "SYSTEM TOPOLOGY WORKLOAD FAULT are expected",
		"etcd simple uniform":               "SYSTEM TOPOLOGY WORKLOAD FAULT are expected",
		"frob simple uniform none":          `unknown system "frob"`,
		"etcd frob uniform none":            `unknown topology "frob"`,
		"etcd simple frob none":             `unknown workload "frob"`,
		"etcd simple uniform frob":          `unknown fault "frob"`,
		"etcd simple uniform join-storm":    "etcd cannot have join-storm: members",
		"ringmend simple uniform disk-full": "ringmend cannot have disk-full: a node keeps nothing on a disk",
		"etcd simple uniform clock-skew":    "etcd cannot have clock-skew",
		"etcd simple uniform none --schedule testdata/skew.txt": "etcd cannot have clock-skew",
		"etcd simple uniform none --store etcd":                 "--store is etcd: etcd has no store",
		"einstein+auto simple uniform none --write-ratio 0.5":   "einstein has one operation",
		"einstein+auto simple uniform none --store paper":       "--store is \"paper\"",
		"einstein+auto simple uniform disk-full":                "disk-full needs --store bolt",
		"einstein+lease-majority simple uniform none":           "it needs --store etcd",
		"ringmend simple uniform none --resolver-handover x":    "--resolver-handover is \"x\"",
		"etcd simple uniform none --max-lateness 0s":            "--max-lateness is 0",
		"etcd simple uniform partition":                         "parts are expected",
		"etcd simple uniform none --rate -1":                    "--rate is -1",
		"etcd simple uniform none --link-loss 101":              "it must be from 0 to 100",
		"etcd simple uniform none --latency-matrix /dev/null":   "--latency-matrix: /dev/null: no line has a number",
		"etcd simple uniform none --schedule /nonexistent":      "--schedule: stat /nonexistent",
		"again":                           "a directory of results is expected",
		"compare":                         "directories of results are expected",
		"compare . --metrics x":           `unknown metric "x"`,
		"matrix /nonexistent":             "no such file",
		"export x":                        "--reckon is the only format",
		"etcd simple uniform none --frob": "unknown flag: --frob",
	} {
		code, stdout, stderr := runLab(t, strings.Fields(line)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: exit code %d, %s%s, want %s", line, code, stdout, stderr, want)
		}
	}
}

func TestAPrompt(t *testing.T) {
	needsEtcd(t)
	cmd := exec.CommandContext(t.Context(), lab(t), "etcd", "simple", "uniform", "-d", "--link-latency", "1")
	cmd.Stdin = strings.NewReader("nodes\nexec 2 cat /proc/net/dev\npause 1\nresume\nkill 3 # so\nstatus\nrevive\nwait ready 2m\nload on\nsleep 1s\nload off\nleader\nquit\nfrob\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"10.88.0.2", "eth0:", "pause 1: process", "is in state T", "kill 3: process", "is gone", "3     does not answer", "node "} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	cmd = exec.CommandContext(t.Context(), lab(t), "etcd", "simple", "uniform", "-d")
	cmd.Stdin = strings.NewReader("frob\n")
	cmd.WaitDelay = time.Minute
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), `Error: line 1: unknown command "frob"`) {
		t.Errorf("%v\n%s", err, out)
	}
}

// A full disk under the output is an error, told once.
func TestNoOutputIsLostInSilence(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("skipped:", err)
	}
	defer full.Close()
	for _, line := range []string{"--help", "--version", "completion bash", "matrix --help", "matrix --list matrices/etcd.txt"} {
		var said bytes.Buffer
		cmd := exec.CommandContext(t.Context(), lab(t), strings.Fields(line)...)
		cmd.Stdout, cmd.Stderr = full, &said
		if err := cmd.Run(); err == nil || strings.Count(said.String(), "no space left on device") != 1 {
			t.Errorf("%s: %v, %s", line, err, said.String())
		}
	}
}
