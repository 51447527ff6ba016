package proc_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ringmend/ringmend/integration/proc"
)

// shell runs a script, and kills it when the test ends.
func shell(t *testing.T, out *proc.Tail, script string) *proc.Process {
	t.Helper()
	p, err := proc.Start(out, "/bin/sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

func await(t *testing.T, p *proc.Process) {
	t.Helper()
	select {
	case <-p.Done():
	case <-time.After(2 * time.Minute):
		t.Fatal("the process does not end")
	}
}

func TestAProcessThatEnds(t *testing.T) {
	var out proc.Tail
	p := shell(t, &out, "echo out; echo err >&2; exit 7")
	await(t, p)
	if p.Running() || p.ExitCode() != 7 || p.State() != "exit status 7" {
		t.Errorf("running: %v, exit code %d, %s", p.Running(), p.ExitCode(), p.State())
	}
	if got := out.String(); got != "out\nerr\n" {
		t.Errorf("it printed %q", got)
	}
	if err := p.Signal(syscall.SIGTERM); err == nil {
		t.Error("it still takes signals")
	}
	p.Kill() // nothing to do
}

func TestSignals(t *testing.T) {
	var out proc.Tail
	p := shell(t, &out, "sleep 60")
	if !p.Running() {
		t.Fatal("it does not run")
	}
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	p.Kill() // although it is stopped
	if p.Running() || p.ExitCode() != -1 {
		t.Errorf("running: %v, exit code %d", p.Running(), p.ExitCode())
	}
}

func TestAProgramThatDoesNotExist(t *testing.T) {
	if _, err := proc.Start(new(proc.Tail), "/no/such/program"); err == nil {
		t.Error("it was started")
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	var tail proc.Tail
	for range 1000 {
		if _, err := tail.Write([]byte(strings.Repeat("a", 1000))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tail.Write([]byte("the end")); err != nil {
		t.Fatal(err)
	}
	if got := tail.String(); len(got) != 64<<10 || !strings.HasSuffix(got, "aaathe end") {
		t.Errorf("kept %d bytes, the last are %q", len(got), got[max(0, len(got)-10):])
	}
}
