package proc

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"
)

// guardStart is how long a guard may take to start, and guardGrace how long it
// may take to end when its work begins, what it is armed for included.
const (
	guardStart = 10 * time.Second
	guardGrace = 8 * time.Second
)

// Guard is a process that waits for the end of this one, by whatever cause, and
// then kills the process groups it was told of, does what [Guard.Arm] armed it
// for, and gives the terminal back as it found it. A nil guard does nothing.
type Guard struct {
	mu   sync.Mutex
	pipe *os.File
	cmd  *exec.Cmd
}

// StartGuard starts path, which must call [RunGuard] because of env, and waits
// until it is on guard. The settings of the terminal on the standard input, if
// it is one, must not be changed before that.
func StartGuard(path string, env ...string) (*Guard, error) {
	g, err := startGuard(path, env)
	if err != nil {
		return nil, fmt.Errorf("starting the guard: %w", err)
	}
	return g, nil
}

func startGuard(path string, env []string) (*Guard, error) {
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), env...)
	if term.IsTerminal(int(os.Stdin.Fd())) {
		cmd.ExtraFiles = []*os.File{os.Stdin}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	theirs, ours, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdin = theirs
	defer theirs.Close()
	ready, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		ours.Close()
		return nil, err
	}
	g := &Guard{pipe: ours, cmd: cmd}
	timer := time.AfterFunc(guardStart, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if _, err := ready.Read(make([]byte, 1)); err != nil {
		g.Close()
		return nil, fmt.Errorf("it does not answer: %w", err)
	}
	return g, nil
}

// Close ends the guard; it kills what it still knows of.
func (g *Guard) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pipe.Close()
	timer := time.AfterFunc(guardGrace, func() { _ = g.cmd.Process.Kill() })
	defer timer.Stop()
	_ = g.cmd.Wait()
}

// Arm makes the guard do what it was given to [RunGuard] when this process ends,
// Disarm takes that back.
func (g *Guard) Arm() { g.tell('!', 0) }

// Disarm takes back what Arm did.
func (g *Guard) Disarm() { g.tell('.', 0) }

func (g *Guard) add(pid int)    { g.tell('+', pid) }
func (g *Guard) remove(pid int) { g.tell('-', pid) }

// tell writes a line of one sign and a number. Errors are ignored: if the guard was killed,
// the processes have lost one of three safeguards.
func (g *Guard) tell(sign byte, pid int) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	_, _ = fmt.Fprintf(g.pipe, "%c%d\n", sign, pid)
}

// RunGuard is the guard's main function. It calls armed, after all else, if the
// guard is armed in the end.
func RunGuard(armed func()) {
	// Only the end of the pipe ends a guard, not what is typed or sent to all.
	// SIGTTOU would stop it when it restores the terminal from the background.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGTSTP, syscall.SIGTTOU)
	const terminal = 3 // the first of exec.Cmd.ExtraFiles
	saved, notTerminal := term.GetState(terminal)
	if _, err := os.Stdout.Write([]byte{'!'}); err != nil { // tell that it is ready
		return
	}
	isArmed := guard(os.Stdin, func(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) })
	if notTerminal == nil {
		_ = term.Restore(terminal, saved)
	}
	if isArmed {
		armed()
	}
}

// guard kills the groups that were added and not removed when in ends. It reports
// whether it was left armed.
func guard(in io.Reader, kill func(pid int)) (armed bool) {
	alive := map[int]bool{}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		line := lines.Text()
		if line == "!0" || line == ".0" {
			armed = line == "!0"
			continue
		}
		pid, err := strconv.Atoi(line[min(1, len(line)):])
		if err != nil || pid <= 1 { // -1 would be every process
			continue
		}
		switch line[0] {
		case '+':
			alive[pid] = true
		case '-':
			delete(alive, pid)
		}
	}
	for pid := range alive {
		kill(pid)
	}
	return armed
}
