package nstest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/netns"
	"github.com/ringmend/ringmend/internal/proc"
)

const inside = "RINGMEND_TEST_NAMESPACE"

// Inside reports whether the test runs in a namespace made for it.
func Inside(t *testing.T) bool { return os.Getenv(inside) == t.Name() }

// Need skips the test where no namespace can be made or a program that it runs is
// not installed.
func Need(t *testing.T, programs ...string) {
	t.Helper()
	if err := netns.Available(netns.Flags(), append(programs, "ip")...); err != nil {
		t.Skipf("skipped: %v", err)
	}
}

// Enter reports whether the test runs in a namespace. When it does not, Enter runs
// it there, in a process of its own, fails if that fails, and returns false: the
// caller returns. What [Need] says holds for the programs. A test may run beside
// others, each in its own namespace, when it calls t.Parallel before.
func Enter(t *testing.T, programs ...string) bool {
	t.Helper()
	if Inside(t) {
		if err := netns.Up(); err != nil {
			t.Fatal(err)
		}
		return true
	}
	Need(t, programs...)
	cmd := netns.Command(netns.Flags())
	// The lock of iptables is in a directory that only root may write to.
	cmd.Env = append(os.Environ(), inside+"="+t.Name(), "XTABLES_LOCKFILE="+filepath.Join(t.TempDir(), "lock"))
	Again(t, cmd)
	return false
}

// Again runs the test once more by a command that starts this program, and fails if it
// fails there.
func Again(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	only := "^" + strings.ReplaceAll(regexp.QuoteMeta(t.Name()), "/", "$/^") + "$"
	cmd.Args = append(cmd.Args, "-test.run", only, "-test.v", "-test.count=1")
	if deadline, ok := t.Deadline(); ok {
		// The one inside is to end first, and to say where it hung.
		cmd.Args = append(cmd.Args, "-test.timeout="+(time.Until(deadline)*9/10).String())
	}
	out, err := proc.Output(cmd)
	t.Logf("in namespaces of its own:\n%s", out)
	if err != nil {
		t.Fatalf("failed in its namespaces: %v", err)
	}
	if strings.Contains(string(out), "--- SKIP: "+t.Name()+" ") {
		t.Skip("skipped in its namespaces, see above")
	}
}

// Run runs a program and returns what it prints; the test ends if it fails.
func Run(t *testing.T, program string, args ...string) string {
	t.Helper()
	return Feed(t, "", program, args...)
}

// Feed is Run with text as the program's input.
func Feed(t *testing.T, text, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		stderr := ""
		if failed, ok := err.(*exec.ExitError); ok {
			stderr = string(failed.Stderr)
		}
		t.Fatalf("%s %s: %v\n%s%s", program, strings.Join(args, " "), err, out, stderr)
	}
	return string(out)
}
