package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/netns/nstest"
)

const asMain = "RINGMEND_TEST_MAKE_PARTITION"

// TestMain runs the tests, or the program itself for tests that need a process.
func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
	}
	nstest.Main(m)
}

const (
	hereAt  = "127.0.0.11:3000"
	thereAt = "127.0.0.12:3000"
	patient = await.Patience
)

// listeners makes the two nodes that these tests cut from each other.
func listeners(t *testing.T) {
	t.Helper()
	for _, address := range []string{hereAt, thereAt} {
		listener, err := nstest.Listen(address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
	}
	expectLink(t, nstest.OK)
}

func link() string { return nstest.Outcome(nstest.Try("127.0.0.11", thereAt)) }

func expectLink(t *testing.T, want string) {
	t.Helper()
	if got := link(); got != want {
		t.Fatalf("%s to %s: %s, want %s", hereAt, thereAt, got, want)
	}
}

func eventually(t *testing.T, want string) {
	t.Helper()
	await.True(t, patient, hereAt+" to "+thereAt+" is "+want, func() bool { return link() == want })
}

// do runs the program in this process.
func do(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(ctx, args, strings.NewReader(""), &out, &err)
	return code, out.String(), err.String()
}

func TestApplyStatusHeal(t *testing.T) {
	if !nstest.Enter(t, "nft", "iptables-legacy-restore") {
		return
	}
	listeners(t)
	for _, extra := range [][]string{nil, {"--backend", "legacy"}, {"--format", "nft"}, {"--format", "iptables-restore"}} {
		t.Run(strings.Join(extra, " "), func(t *testing.T) {
			apply := append([]string{"--static", "--apply", hereAt, thereAt}, extra...)
			code, shown, said := do(t.Context(), apply...)
			if code != 0 || !strings.Contains(shown, "127.0.0.12") || !strings.Contains(said, "--heal --apply") {
				t.Fatalf("apply: %d, %q, %q", code, shown, said)
			}
			expectLink(t, nstest.Refused)
			if code, shown, said := do(t.Context(), apply...); code != 1 || shown != "" || !strings.Contains(said, "there is a cut already") {
				t.Errorf("apply again: %d, %q, %q", code, shown, said)
			}
			code, shown, _ = do(t.Context(), "--status")
			begins := regexp.MustCompile(`^127\.0\.0\.11:3000\n    is cut from\n127\.0\.0\.12:3000\nsince 20.* UTC, \d+s ago\nto mend it: make_partition --heal --apply\n\n`)
			if code != 0 || !begins.MatchString(shown) || !strings.Contains(shown, ": 5 rules\n") {
				t.Errorf("status: %d, %q", code, shown)
			}
			if code, shown, said := do(t.Context(), "--heal", "--apply"); code != 0 || shown == "" || said != "The cut is mended.\n" {
				t.Errorf("heal: %d, %q, %q", code, shown, said)
			}
			expectLink(t, nstest.OK)
			if code, shown, _ := do(t.Context(), "--status"); code != 0 || shown != "no cuts\n" {
				t.Errorf("status: %d, %q", code, shown)
			}
			if code, _, said := do(t.Context(), "--heal", "--apply"); code != 0 || said != "Nothing to mend.\n" {
				t.Errorf("heal again: %d, %q", code, said)
			}
		})
	}
}

func TestACutForATimeMendsItself(t *testing.T) {
	if !nstest.Enter(t, "nft") {
		return
	}
	listeners(t)
	var stdout bytes.Buffer
	stderr := &listener{heard: make(map[string]string)}
	const during = 200 * time.Millisecond
	start := time.Now()
	code := run(t.Context(), []string{"--static", "--apply", "--for", during.String(), hereAt, thereAt}, strings.NewReader(""), &stdout, stderr)
	if code != 0 || time.Since(start) < during {
		t.Errorf("apply for a time: exit code %d after %s", code, time.Since(start))
	}
	want := map[string]string{"The cut is made": nstest.Refused, "The cut is mended": nstest.OK}
	if diff := cmp.Diff(want, stderr.heard); diff != "" {
		t.Errorf("the link when that is said (-want +got):\n%s", diff)
	}
}

// listener tries the link whenever the program says something, and keeps the
// beginning of what it says with what came of it.
type listener struct{ heard map[string]string }

func (l *listener) Write(b []byte) (int, error) {
	said, _, _ := strings.Cut(string(b), ",")
	l.heard[said] = link()
	return len(b), nil
}

func TestAnInterruptedCutMendsItself(t *testing.T) {
	if !nstest.Enter(t, "nft") {
		return
	}
	listeners(t)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			var stderr bytes.Buffer
			cmd := exec.Command(os.Args[0], "--static", "--apply", "--for", "1h", hereAt, thereAt)
			cmd.Env = append(os.Environ(), asMain+"=1")
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			eventually(t, nstest.Refused)
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil || !strings.Contains(stderr.String(), "mended") {
				t.Errorf("after %s: %v, %s", signal, err, &stderr)
			}
			expectLink(t, nstest.OK)
		})
	}
}

func TestWithoutPermissionNothingIsPrinted(t *testing.T) {
	if !nstest.Enter(t, "nft", "setpriv") {
		return
	}
	for _, args := range [][]string{{"--static", "--apply", hereAt, thereAt}, {"--heal", "--apply"}, {"--status"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			words := append([]string{"--bounding-set", "-net_admin,-net_raw", "--inh-caps", "-net_admin,-net_raw", os.Args[0]}, args...)
			cmd := exec.Command("setpriv", words...)
			cmd.Env = append(os.Environ(), asMain+"=1")
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			_ = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != 1 || stdout.Len() > 0 ||
				!strings.HasPrefix(stderr.String(), "Error: ") || !strings.Contains(stderr.String(), "no permission") ||
				strings.Count(stderr.String(), "\n") != 1 {
				t.Errorf("exit code %d, %q, %q", code, &stdout, &stderr)
			}
		})
	}
}
