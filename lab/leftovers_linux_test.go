package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/lab/result"
)

// leftovers returns the command lines of processes that belong to the tests.
func leftovers() (lines []string) {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), built.dir) {
			lines = append(lines, strings.ReplaceAll(string(text), "\x00", " "))
		}
	}
	return lines
}

// whenItSays starts a run in a directory that stands in the command lines of its nodes,
// and sends a signal when its progress has got somewhere.
func whenItSays(t *testing.T, word string, signal syscall.Signal, args ...string) (code int, stderr string) {
	t.Helper()
	return whenItSaysTo(t, word, func(pid int) { _ = syscall.Kill(pid, signal) }, args...)
}

// whenItSaysTo does something to the process, whose temporary files must be gone in the end.
func whenItSaysTo(t *testing.T, word string, do func(pid int), args ...string) (code int, stderr string) {
	t.Helper()
	temp := t.TempDir()
	var said await.Buffer
	cmd := exec.CommandContext(t.Context(), lab(t), args...)
	cmd.Stderr = &said
	cmd.Env = append(os.Environ(), eagerProgress+"=1", "TMPDIR="+temp)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await.True(t, await.Patience, "it does not say "+word, func() bool { return strings.Contains(said.String(), word) })
	do(cmd.Process.Pid)
	_ = cmd.Wait() // how it ended is looked at
	if files, err := os.ReadDir(temp); err != nil || len(files) > 0 {
		t.Errorf("temporary files are left: %v, %v", files, err)
	}
	return cmd.ProcessState.ExitCode(), said.String()
}

// However a run ends, at whatever moment, no process is left, and no file but results.
func TestNothingIsLeftBehind(t *testing.T) {
	needsEtcd(t)
	for _, test := range []struct {
		word   string
		signal syscall.Signal
		kept   bool // there are results of what was measured
	}{
		{"making hosts", syscall.SIGINT, false},
		{"starting nodes", syscall.SIGTERM, false},
		{"waiting", syscall.SIGINT, false},
		{" of 30 s", syscall.SIGINT, true},
		{"cut 1 2", syscall.SIGHUP, true},
		{"starting nodes", syscall.SIGKILL, true},
		{"cut 1 2", syscall.SIGKILL, true},
	} {
		t.Run(fmt.Sprint(test.word, " ", test.signal), func(t *testing.T) {
			dir := filepath.Join(filepath.Dir(lab(t)), strings.ReplaceAll(t.Name(), "/", "-"))
			defer os.RemoveAll(dir)
			code, said := whenItSays(t, test.word, test.signal, "etcd", "simple", "uniform", "partition", "1|2", "--duration", "30", "--rate", "20",
				"--link-latency", "1", "--result-location", dir)
			await.Until(t, await.Patience, func() string { return strings.Join(leftovers(), "\n") })
			if test.signal == syscall.SIGKILL {
				return // no process is left to report
			}
			_, err := os.Stat(dir)
			if kept := err == nil; kept != test.kept || code == exitOK {
				t.Errorf("exit code %d, results are kept: %v\n%s", code, kept, said)
			}
			if test.kept {
				r, err := result.LoadAll(dir)
				if err != nil || r.Summary.Verdict != result.Interrupted {
					t.Errorf("%v, %+v", err, r)
				}
			} else if !strings.HasSuffix(said, "Error: interrupted\n") {
				t.Errorf("it says %q", said)
			}
		})
	}
}

// The process in the namespaces is killed: the other one says so in a line, and nothing is left.
func TestTheInnerProcessIsKilled(t *testing.T) {
	needsEtcd(t)
	dir := filepath.Join(filepath.Dir(lab(t)), "inner")
	defer os.RemoveAll(dir)
	code, said := whenItSaysTo(t, "cut 1 2", func(pid int) {
		children, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
		for _, path := range children {
			text, _ := os.ReadFile(path)
			for _, child := range strings.Fields(string(text)) {
				if inner, err := strconv.Atoi(child); err == nil {
					_ = syscall.Kill(inner, syscall.SIGKILL)
				}
			}
		}
	}, "etcd", "simple", "uniform", "partition", "1|2", "--duration", "30", "--rate", "20", "--link-latency", "1", "--result-location", dir)
	await.Until(t, await.Patience, func() string { return strings.Join(leftovers(), "\n") })
	lines := strings.Split(strings.TrimSpace(said), "\n")
	if last := lines[len(lines)-1]; code != exitFailed || !strings.HasPrefix(last, "Error: ") || !strings.Contains(last, "killed") {
		t.Errorf("exit code %d, %q", code, last)
	}
}

// The logs of a prompt that was killed are removed by the next one.
func TestOrphansOfPromptsAreRemoved(t *testing.T) {
	temp := t.TempDir()
	gone := exec.CommandContext(t.Context(), "true")
	if err := gone.Run(); err != nil {
		t.Skip("skipped:", err)
	}
	for name, kept := range map[string]bool{
		fmt.Sprintf("%s%d-1", promptDir, gone.Process.Pid): false,
		fmt.Sprintf("%s%d-1", promptDir, os.Getpid()):      true,
		promptDir + "test-1":                               true,
		promptDir + "1x-1":                                 true,
	} {
		path := filepath.Join(temp, name)
		if err := os.MkdirAll(filepath.Join(path, "logs"), 0o755); err != nil {
			t.Fatal(err)
		}
		if removeOrphans(temp); exists(path) != kept {
			t.Errorf("%s is kept: %v", name, !kept)
		}
	}
}
