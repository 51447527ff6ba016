package proc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/internal/await"
)

// The test binary plays these parts when the variable is set.
const (
	partVariable = "PROC_TEST_PART"
	partGuard    = "guard"
	partParent   = "parent"  // starts a guard and a process, then waits to be killed
	partOrphan   = "orphans" // the same without a guard
)

func TestMain(m *testing.M) {
	part := os.Getenv(partVariable)
	os.Unsetenv(partVariable)
	switch part {
	case partGuard:
		RunGuard(func() {})
	case partParent, partOrphan:
		if err := parent(part == partParent); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		goleak.VerifyTestMain(m)
	}
}

func parent(guarded bool) (err error) {
	var guard *Guard
	if guarded {
		if guard, err = StartGuard(os.Args[0], partVariable+"="+partGuard); err != nil {
			return err
		}
	}
	p, err := Start(Spec{Path: "/bin/sh", Args: os.Args[1:], Output: To(io.Discard), Guard: guard})
	if err != nil {
		return err
	}
	<-p.Done()
	return fmt.Errorf("the process ended: %s", p.Ending())
}

// start runs a shell script. What it prints is sent on the channel when all is
// read.
func start(t *testing.T, script string) (*Process, <-chan string) {
	t.Helper()
	output := make(chan string, 1)
	p, err := Start(Spec{Path: "/bin/sh", Args: []string{"-c", script}, Env: []string{"GREETING=hello"}, Output: func(f *os.File) {
		all, _ := io.ReadAll(f)
		output <- string(all)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return p, output
}

func ended(t *testing.T, p *Process) string {
	t.Helper()
	select {
	case <-p.Done():
		return p.Ending()
	case <-time.After(await.Patience):
		_ = p.Signal(syscall.SIGKILL)
		t.Fatal("the process does not end")
		return ""
	}
}

// waitFor waits until ok, for longer than a busy machine may take.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	await.True(t, await.Patience, what, ok)
}

// state returns what ps says of a process, nothing when there is none.
func state(pid int) string {
	out, _ := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	return strings.TrimSpace(string(out))
}

// alive reports whether a process exists and is no zombie.
func alive(pid int) bool { return state(pid) != "" && !strings.HasPrefix(state(pid), "Z") }

// pidsIn waits until a file has n lines and returns them as numbers.
func pidsIn(t *testing.T, file string, n int) (pids []int) {
	t.Helper()
	waitFor(t, fmt.Sprintf("%s has %d lines", file, n), func() bool {
		data, _ := os.ReadFile(file)
		lines := strings.Fields(string(data))
		pids = nil
		for _, line := range lines {
			pid, err := strconv.Atoi(line)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
		return len(pids) == n && strings.HasSuffix(string(data), "\n")
	})
	return pids
}

func allGone(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		waitFor(t, fmt.Sprintf("process %d is gone", pid), func() bool { return !alive(pid) })
	}
}

func TestTheEndAndTheOutputAreReported(t *testing.T) {
	for script, want := range map[string][2]string{
		"echo $GREETING; echo you >&2":        {"exit code 0", "hello\nyou\n"},
		"printf 'no end of line'; exit 3":     {"exit code 3", "no end of line"},
		"kill -KILL $$":                       {"signal: killed", ""},
		"echo a; sleep 0; exec echo $((1+1))": {"exit code 0", "a\n2\n"},
	} {
		p, output := start(t, script)
		got := [2]string{ended(t, p), <-output}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", script, diff)
		}
		if err := p.Signal(syscall.SIGTERM); !errors.Is(err, ErrGone) {
			t.Errorf("%s: a signal after the end: %v, want ErrGone", script, err)
		}
	}
}

func TestAProgramThatIsNotThere(t *testing.T) {
	_, err := Start(Spec{Path: filepath.Join(t.TempDir(), "none"), Output: To(io.Discard)})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want an error about a file that does not exist", err)
	}
}

func TestWhatAProcessStartedGoesWithIt(t *testing.T) {
	for name, last := range map[string]string{
		"killed":         "wait",
		"ends by itself": "exit 0",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "pids")
			p, _ := start(t, "sleep 1000 & echo $! >"+file+"; "+last)
			pids := pidsIn(t, file, 1)
			if last == "wait" {
				if err := p.Signal(syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
			}
			ended(t, p)
			allGone(t, pids)
		})
	}
}

func TestSignalsReachAllThatAProcessStarted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pids")
	p, _ := start(t, "sleep 1000 & echo $! >"+file+"; wait")
	child := pidsIn(t, file, 1)[0]
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the child is suspended", func() bool { return strings.HasPrefix(state(child), "T") })
	if err := p.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	ended(t, p)
	allGone(t, []int{child})
}

func TestTerminateAsksFirst(t *testing.T) {
	ready := filepath.Join(t.TempDir(), "ready")
	p, output := start(t, "trap 'echo bye; exit 7' TERM; echo $$ >"+ready+"; while :; do sleep 0.05; done")
	pidsIn(t, ready, 1)
	if err := p.Terminate(time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := ended(t, p); got != "exit code 7" {
		t.Error(got)
	}
	if got := <-output; !strings.HasSuffix(got, "bye\n") { // the shell may report its sleep
		t.Errorf("output %q", got)
	}
}

func TestTerminateKillsWhoDoesNotListen(t *testing.T) {
	ready := filepath.Join(t.TempDir(), "ready")
	p, _ := start(t, "trap '' TERM; echo $$ >"+ready+"; while :; do sleep 0.05; done")
	pidsIn(t, ready, 1)
	if err := p.Terminate(50 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if got := ended(t, p); got != "signal: killed" {
		t.Error(got)
	}
}

func TestTerminateWakesUpTheSuspended(t *testing.T) {
	ready := filepath.Join(t.TempDir(), "ready")
	p, _ := start(t, "trap 'exit 0' TERM; echo $$ >"+ready+"; while :; do sleep 0.05; done")
	pidsIn(t, ready, 1)
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := p.Terminate(time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := ended(t, p); got != "exit code 0" {
		t.Error(got)
	}
}

func TestKillWaits(t *testing.T) {
	p, _ := start(t, "sleep 1000")
	if !p.Running() {
		t.Fatal("it does not run")
	}
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	p.Kill() // although it is suspended
	if p.Running() || p.ExitCode() != -1 {
		t.Errorf("running: %v, exit code %d", p.Running(), p.ExitCode())
	}
	p.Kill() // nothing to do
	q, _ := start(t, "exit 7")
	if code := q.ExitCode(); code != 7 {
		t.Errorf("exit code %d, want 7", code)
	}
}

// family starts the test binary in a part, with a shell script to run, and waits
// until the script has written its pid and those of its children.
func family(t *testing.T, part, script string, pids int) (*exec.Cmd, []int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pids")
	cmd := exec.Command(os.Args[0], "-c", script, "sh", file)
	cmd.Env = append(os.Environ(), partVariable+"="+part)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, pidsIn(t, file, pids)
}

const withChild = "sleep 1000 & echo $! >>$1; echo $$ >>$1; wait"

func TestNothingSurvivesAKillOfTheParent(t *testing.T) {
	cmd, pids := family(t, partParent, withChild, 2)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	allGone(t, pids)
}

func TestNothingSuspendedSurvivesAKillOfTheParent(t *testing.T) {
	cmd, pids := family(t, partParent, withChild, 2)
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	allGone(t, pids)
}

func TestTheKernelHelpsWhenThereIsNoGuard(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux kills a process when its parent ends")
	}
	cmd, pids := family(t, partOrphan, "echo $$ >$1; trap '' TERM HUP; while :; do sleep 0.05; done", 1)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	allGone(t, pids)
}

func TestAGuardKillsWhatWasAddedAndNotRemoved(t *testing.T) {
	for in, want := range map[string][]int{
		"":                           nil,
		"+12\n":                      {12},
		"+12\n-12\n":                 nil,
		"+12\n+13\n-12\n+14\n-14":    {13},
		"+-1\n+0\n+1\n\n+\nx\n12\n":  nil, // never all processes
		"+12\n+99999999999999999999": {12},
	} {
		var got []int
		armed := guard(strings.NewReader(in), func(pid int) { got = append(got, pid) })
		if diff := cmp.Diff(want, got); diff != "" || armed {
			t.Errorf("%q: armed %v (-want +got):\n%s", in, armed, diff)
		}
	}
}

func TestAGuardRemembersWhetherItIsArmed(t *testing.T) {
	for in, want := range map[string]bool{
		"!0\n": true, "!0\n.0\n": false, "!0\n.0\n!0\n": true, "+12\n!0\n-12\n": true, "!1\n": false, "!0": true,
	} {
		if got := guard(strings.NewReader(in), func(int) {}); got != want {
			t.Errorf("%q: armed %v, want %v", in, got, want)
		}
	}
}

func TestAGuardEndsWhenItIsClosed(t *testing.T) {
	g, err := StartGuard(os.Args[0], partVariable+"="+partGuard)
	if err != nil {
		t.Fatal(err)
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if err := g.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	g.Close()
	if got := g.cmd.ProcessState.String(); got != "exit status 0" {
		t.Errorf("the guard's end: %s", got)
	}
}

func TestAGuardThatDoesNotAnswerIsAnError(t *testing.T) {
	if _, err := StartGuard("/bin/true"); err == nil {
		t.Error("no error")
	}
}
