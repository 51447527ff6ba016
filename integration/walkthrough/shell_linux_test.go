package walkthrough

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
)

// patience is how long to wait for conditions, on a machine that does other work, too.
const patience = await.Patience

// shell is a user at work in a directory.
type shell struct {
	t   *testing.T
	dir string
}

// do runs a command line as the user types it and returns what it prints. The
// test ends when it fails.
func (s *shell) do(line string) string {
	s.t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = s.dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("$ %s\n%s%s%v", line, &stdout, &stderr, err)
	}
	s.t.Logf("$ %s\n%s%s", line, &stdout, &stderr)
	return stdout.String()
}

// hosts writes the list of hosts that nodes start with.
func (s *shell) hosts(addresses []string) {
	s.t.Helper()
	s.do(fmt.Sprintf(`echo '["%s"]' >hosts.json`, strings.Join(addresses, `","`)))
}

// task is a command that goes on while the user does other things.
type task struct {
	cmd   *exec.Cmd
	ended <-chan error // nil when that has been told
}

// start runs a program in another terminal, as it were. What it prints goes to a
// file, and is shown when the test fails. The program is told to end when the test
// is over, and killed with it in any case.
func (s *shell) start(output, program string, args ...string) *task {
	s.t.Helper()
	file, err := os.Create(filepath.Join(s.dir, output))
	if err != nil {
		s.t.Fatal(err)
	}
	defer file.Close() // the program has its own
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, file, file
	// Its input stays open, and empty, until the test is over.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if _, err := cmd.StdinPipe(); err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	run := &task{cmd, ended}
	s.t.Cleanup(func() {
		s.stop(run)
		if s.t.Failed() {
			s.t.Logf("%s printed:\n%s", program, s.read(output))
		}
	})
	return run
}

// stop asks a program to end, as Ctrl-C does, and returns how it ended.
func (s *shell) stop(run *task) error {
	if run.ended == nil {
		return nil
	}
	_ = run.cmd.Process.Signal(os.Interrupt) // fails if it ended by itself
	ended := run.ended
	run.ended = nil
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		_ = run.cmd.Process.Kill()
		return <-ended
	}
}

// read returns what is in a file of the directory.
func (s *shell) read(name string) string {
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Error(err)
	}
	return string(text)
}

// until waits for a condition, which says what is missing.
func until(t *testing.T, what string, missing func() string) time.Duration {
	t.Helper()
	return await.Until(t, patience, func() string {
		why := missing()
		if why != "" {
			why = what + ": " + why
		}
		return why
	})
}
