package main

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/term"
)

// person sits at the terminal of a tick-cluster.
type person struct {
	*tool
	screen   *os.File // the person's side of the terminal
	terminal *os.File // the other side, kept open to look at its settings
	before   *term.State
}

// sit starts a tick-cluster in a terminal.
func sit(t *testing.T, size int, script string) *person {
	t.Helper()
	p := &person{tool: newTool(t, size, script)}
	p.start()
	return p
}

// start starts what the tool's command is.
func (p *person) start() {
	p.t.Helper()
	t := p.t
	var err error
	if p.screen, p.terminal, err = pty.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.screen.Close() })
	t.Cleanup(func() { p.terminal.Close() })
	p.before = p.settings()
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = p.terminal, p.terminal, p.terminal
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.watch()
	go func() { _, _ = io.Copy(&p.out, p.screen) }() // until the screen is closed
	p.shows("keys: t tick")
}

func (p *person) settings() *term.State {
	p.t.Helper()
	s, err := term.GetState(int(p.terminal.Fd()))
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// restored waits until the settings of the terminal are as they were.
func (p *person) restored() {
	p.t.Helper()
	same := func() bool {
		return cmp.Equal(p.before, p.settings(), cmp.Exporter(func(reflect.Type) bool { return true }))
	}
	waitFor(p.t, "the terminal is as before", same)
}

// seen returns what is on the screen now, for sees.
func (p *person) seen() int { return len(p.out.String()) }

// types presses keys.
func (p *person) types(keys string) {
	p.t.Helper()
	if _, err := p.screen.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// presses types keys until what follows matches a pattern, and returns the match.
// Keys that change something must match the first time: they are typed again only
// when retry is set, for answers that the cluster gives after a while.
func (p *person) presses(keys, pattern string, retry bool) []string {
	p.t.Helper()
	expression := regexp.MustCompile(pattern)
	from := p.seen()
	p.types(keys)
	var match []string
	tries := 0
	waitFor(p.t, strconv.Quote(keys)+" leads to "+pattern, func() bool {
		match = expression.FindStringSubmatch(p.out.String()[from:])
		if tries++; match == nil && retry && tries%100 == 0 {
			p.types(keys)
		}
		return match != nil
	})
	return match
}

func TestAllKeysWithTheBuiltInNodes(t *testing.T) {
	p := sit(t, 4, "")
	all := strings.Join([]string{p.node(0), p.node(1), p.node(2), p.node(3)}, ", ")
	number := `(\d+)`

	p.presses("t", `\[`+all+`\] \d+ \(4\)\r\n`, true)
	p.presses("s", `\[`+all+`\] \d+ \(4\)\r\n +alive +`+all+`\r\n`, true)
	p.presses("p", `node +rate +periods(?s:.*)`+p.node(3)+` +\d+\.\d\dms`, false)
	p.presses("g", `gossip stopped on 4 of 4 nodes`, false)
	p.presses("G", `gossip started on 4 of 4 nodes`, false)
	p.presses("h", `(?m)^k N\|NODES Enter +kill N random nodes`, false)
	p.presses("x", `unknown key x, press h for help\r\n`, false)
	p.presses(" ", `-{70,}\r\n`, false)

	killed := p.presses("k1\r", `kill \(number or nodes\): 1\r\n\[`+number+`\] [\d:.]+ killed, pid \d+\r\n`, false)[1]
	p.presses("t", `\(\d\)\r\nnot asked: `+killed+` \(killed\)\r\n`, true)
	p.presses("s", `\] \d+ \(3\)\r\n +alive .*\r\n +faulty +`+killed+`\r\n`, true)
	p.presses("K", `\[`+killed+`\] [\d:.]+ started again after [\d.m]+s, pid \d+\r\n`, false)
	p.presses("t", `\[`+all+`\] \d+ \(4\)\r\n`, true)

	suspended := p.presses("l1\r", `suspend \(number or nodes\): 1\r\n\[`+number+`\] [\d:.]+ suspended, pid \d+\r\n`, false)[1]
	p.presses("t", `not asked: `+suspended+` \(suspended\)\r\n`, true)
	p.presses("k9999\r", `kill: too many: 9999 is more than the 4 nodes of the cluster`, false)
	p.presses("r"+suspended+"\r", `\[`+suspended+`\] [\d:.]+ resumed after [\d.m]+s, pid \d+\r\n`, false)

	p.presses("m2\r", `(?s)terminate \(number or nodes\): 2\r\n.* terminating, pid .* terminated after [\d.m]+s: exit code 0`, false)
	p.presses("K", `(?s)started again.*started again`, false)
	p.presses("s", `\[`+all+`\] \d+ \(4\)\r\n +alive +`+all+`\r\n`, true)

	p.types("q")
	if code := p.exit(); code != exitOK {
		t.Errorf("exit code %d, want 0", code)
	}
	p.restored()
	if strings.Contains(p.out.String(), "by itself") {
		t.Error("a node ended by itself")
	}
}

func TestCtrlCEndsAll(t *testing.T) {
	t.Parallel()
	p := sit(t, 2, family)
	pids := p.pids(4)
	p.types("k\x03") // also while a count is being typed
	if code := p.exit(); code != exitOK {
		t.Errorf("exit code %d, want 0", code)
	}
	gone(t, pids...)
	p.restored()
}

func TestASecondCtrlCKills(t *testing.T) {
	t.Parallel()
	p := sit(t, 1, "trap '' TERM; echo $$ >>$PIDS; while :; do sleep 0.1; done")
	pids := p.pids(1)
	p.types("q")
	p.shows("waiting for " + p.node(0))
	p.types("\x03")
	p.shows(" killed " + p.node(0))
	if code := p.exit(); code != exitOK {
		t.Errorf("exit code %d, want 0", code)
	}
	gone(t, pids...)
	p.restored()
}

func TestCtrlZGivesTheTerminalBackForAWhile(t *testing.T) {
	t.Parallel()
	p := &person{tool: newTool(t, 2, family)}
	shell := `set -m; "$0" "$@"; stty -a >paused; echo "it is paused"; fg >/dev/null; echo "its exit code is $?"`
	p.cmd.Path = "/bin/sh"
	p.cmd.Args = append([]string{"sh", "-c", shell}, p.cmd.Args...)
	p.start()
	pids := p.pids(4)
	p.types("k1")
	p.shows("kill (number or nodes): 1")
	p.types("\x1a")
	p.shows("it is paused")
	p.presses("\r", `killed, pid`, true) // in the middle of the count
	settings, err := os.ReadFile(filepath.Join(p.dir, "paused"))
	if err != nil || !strings.Contains(string(settings), " icanon ") || !strings.Contains(string(settings), " echo ") {
		t.Errorf("settings during the pause %s, error %v", settings, err)
	}
	p.types("q")
	p.shows("its exit code is 0")
	gone(t, pids...)
}

func TestAKillLeavesTheTerminalAsItWas(t *testing.T) {
	t.Parallel()
	p := sit(t, 2, family)
	pids := p.pids(4)
	if cmp.Equal(p.before, p.settings(), cmp.Exporter(func(reflect.Type) bool { return true })) {
		t.Fatal("the settings did not change to begin with")
	}
	p.signal(syscall.SIGKILL)
	p.exit()
	gone(t, pids...)
	p.restored()
}

func TestAClosedTerminalEndsAll(t *testing.T) {
	t.Parallel()
	// Closing takes effect when the next line has been read.
	p := sit(t, 2, "echo $$ >>$PIDS; while :; do echo tick; sleep 0.1; done")
	pids := p.pids(2)
	p.terminal.Close()
	p.screen.Close()
	p.exit()
	gone(t, pids...)
}

func TestKeysWorkDuringAFlood(t *testing.T) {
	t.Parallel()
	p := sit(t, 2, "while :; do echo spam; done")
	p.shows("lines left out") // or will be, in a moment
	p.presses("k1\r", `killed, pid \d+`, false)
	p.types("q")
	if code := p.exit(); code != exitOK {
		t.Errorf("exit code %d, want 0", code)
	}
}
