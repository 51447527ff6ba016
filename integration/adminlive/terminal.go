package adminlive

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ringmend/ringmend/internal/proc"
)

// pollEvery is how often a terminal is looked at.
const pollEvery = 50 * time.Millisecond

// Tmux is a server of terminals of its own, which ends with this process.
type Tmux struct {
	server *proc.Process
	out    *proc.Tail
	socket string
	opened int
}

// StartTmux starts a server. Its socket is in dir, whose path must be short: the
// name of a socket has at most some 100 bytes.
func StartTmux(dir string) (*Tmux, error) {
	program, err := exec.LookPath("tmux")
	if err != nil {
		return nil, fmt.Errorf("start tmux: %w", err)
	}
	m := &Tmux{out: &proc.Tail{}, socket: filepath.Join(dir, "tmux")}
	// -D keeps it in the foreground. A server that forks would outlive us when we
	// are killed.
	m.server, err = proc.Start(proc.Spec{Path: program, Args: []string{"-S", m.socket, "-f", "/dev/null", "-D"}, Output: proc.To(m.out)})
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(pollEvery) {
		if _, err = os.Stat(m.socket); err == nil {
			return m, nil
		}
		if time.Now().After(deadline) || !m.server.Running() {
			m.Close()
			return nil, fmt.Errorf("start tmux: %w: %s", err, m.out)
		}
	}
}

// Close ends all terminals and what runs in them.
func (m *Tmux) Close() { m.server.Kill() }

func (m *Tmux) run(args ...string) (string, error) {
	cmd := exec.Command("tmux", append([]string{"-u", "-S", m.socket}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("tmux %s: %w: %s", args[0], err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

// Terminal is a terminal with a program in it.
type Terminal struct {
	tmux *Tmux
	name string
}

// Open runs a command line of the shell in a new terminal. When it has ended the
// terminal says "ENDED WITH" and its exit code, and stays.
func (m *Tmux) Open(width, height int, command string) (*Terminal, error) {
	m.opened++
	t := &Terminal{m, "t" + strconv.Itoa(m.opened)}
	_, err := m.run("new-session", "-d", "-s", t.name, "-x", strconv.Itoa(width), "-y", strconv.Itoa(height),
		"LC_ALL=C.UTF-8; export LC_ALL; "+command+"; echo ENDED WITH $?; read line")
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Press presses keys: characters, or names as tmux knows them, such as Enter.
func (t *Terminal) Press(keys ...string) error {
	_, err := t.tmux.run(append([]string{"send-keys", "-t", t.name}, keys...)...)
	return err
}

// Text returns what is on the screen, lines without the spaces at their ends.
func (t *Terminal) Text() (string, error) { return t.tmux.run("capture-pane", "-p", "-t", t.name) }

// Styled returns what is on the screen with the escape sequences of its colours,
// each line complete in itself.
func (t *Terminal) Styled() (string, error) {
	return t.tmux.run("capture-pane", "-p", "-e", "-N", "-t", t.name)
}

// Await waits until a condition holds of what is on the screen, and returns that.
// The error has what was there last.
func (t *Terminal) Await(patience time.Duration, what string, holds func(text string) bool) (string, error) {
	for deadline := time.Now().Add(patience); ; time.Sleep(pollEvery) {
		text, err := t.Text()
		switch {
		case err != nil:
			return "", err
		case holds(text):
			return text, nil
		case time.Now().After(deadline):
			return "", fmt.Errorf("waited %v for %s; on the screen:\n%s", patience, what, text)
		}
	}
}

// AwaitText waits for a text.
func (t *Terminal) AwaitText(patience time.Duration, text string) (string, error) {
	return t.Await(patience, strconv.Quote(text), func(s string) bool { return strings.Contains(s, text) })
}
