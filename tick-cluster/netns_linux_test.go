package main

import (
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/ringmend/ringmend/internal/netns"
)

// needNamespace skips the test where no namespace can be made, or a program for it is
// missing.
func needNamespace(t *testing.T, programs ...string) {
	t.Helper()
	if err := netns.Available(netns.Flags(), append(programs, "nsenter")...); err != nil {
		t.Skipf("skipped: %v", err)
	}
}

// pilot gives commands to a tick-cluster, one after the other.
type pilot struct {
	*tool
	in   io.WriteCloser
	look []string // the words before a command to run it in the namespace
}

func fly(t *testing.T, o *tool) *pilot {
	t.Helper()
	in, err := o.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &pilot{tool: o.start(), in: in}
	p.shows("keys are off")
	if m := regexp.MustCompile(`another terminal: (nsenter .*) ringpop-admin`).FindStringSubmatch(o.out.String()); m != nil {
		p.look = strings.Fields(m[1])
	}
	return p
}

// does gives a command and waits until what follows matches a pattern.
func (p *pilot) does(line, pattern string) {
	p.t.Helper()
	from := len(p.out.String())
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		p.t.Fatal(err)
	}
	expression := regexp.MustCompile(pattern)
	waitFor(p.t, strconv.Quote(line)+" leads to "+pattern, func() bool { return expression.MatchString(p.out.String()[from:]) })
}

// inside runs a command in the namespace.
func (p *pilot) inside(command ...string) string {
	p.t.Helper()
	words := append(append([]string{}, p.look...), command...)
	out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("%s: %v: %s", strings.Join(words, " "), err, out)
	}
	return string(out)
}

func (p *pilot) quits(code int) {
	p.t.Helper()
	p.in.Close()
	if got := p.exit(); got != code {
		p.t.Errorf("exit code %d, want %d", got, code)
	}
}

func TestACutInANamespaceOfItsOwn(t *testing.T) {
	for name, test := range map[string]struct {
		options     []string
		programs    []string
		left, right string // the sides as they are shown
	}{
		"loopback":       {[]string{"--loopback"}, []string{"nft"}, "11, 12", "13, 14"},
		"IPv6":           {[]string{"--loopback=ipv6"}, []string{"nft"}, "11, 12", "13, 14"},
		"shared address": {nil, []string{"iptables-restore"}, "0, 1", "2, 3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			needNamespace(t, test.programs...)
			o := newTool(t, 4, "").with("--netns").with(test.options...)
			if strings.Contains(test.left, "0") {
				test.left, test.right = o.node(0)+", "+o.node(1), o.node(2)+", "+o.node(3)
			}
			left, right := `\[`+test.left+`\]`, `\[`+test.right+`\]`
			p := fly(t, o)
			p.shows("ringpop-admin partitions file://" + filepath.Join(o.dir, hostsFile))
			p.does("wait converged", `converged after .*: \[`+test.left+`, `+test.right+`\] \d+ \(4\)`)
			parts := o.node(0) + "," + o.node(1) + " " + o.node(2) + "," + o.node(3)
			p.does("cut "+parts, `cut `+left+` from `+right+` by \d+ rules in (nft|iptables)[^ ]* .*\n`)
			p.does("wait partitions 2", `2 partitions after .*: (`+left+` \d+ \(2\) ?|`+right+` \d+ \(2\) ?){2}\n`)
			p.does("mend", `mended after .*: no rules left in `)
			p.does("wait converged", `converged after .*: \[`+test.left+`, `+test.right+`\] \d+ \(4\)`)
			p.does("mend", `nothing to mend\n`)
			p.quits(exitOK)
		})
	}
}

// The rules are there during a cut and not after it, in the firewall of the
// namespace.
func TestTheRulesOfACut(t *testing.T) {
	t.Parallel()
	needNamespace(t, "nft")
	p := fly(t, newTool(t, 3, mute).with("--netns", "--loopback", "--keep-going"))
	rules := func() string { return p.inside("nft", "list", "ruleset") }
	if got := rules(); got != "" {
		t.Fatalf("rules to begin with:\n%s", got)
	}
	p.does("cut 11 12", `cut \[11\] from \[12\] by \d+ rules in nft table inet ringmend\n`)
	p.shows("in no part, so in touch with all: 13")
	for _, want := range []string{"table inet ringmend", "ip saddr 127.0.0.11", "ip daddr 127.0.0.12"} {
		if got := rules(); !strings.Contains(got, want) {
			t.Errorf("no %q in the rules:\n%s", want, got)
		}
	}
	p.does("cut", `line 2: there is a cut already: mend it first\n`)
	p.does("mend", `mended after .*\n`)
	if got := rules(); got != "" {
		t.Errorf("rules after the mending:\n%s", got)
	}
	p.does("cut 11 99", `line 4: no such node: 99 \(they are 11 to 13\)\n`)
	p.does("cut 11", `line 5: one part is nothing to cut from`)
	p.quits(exitFailed)
}

// namespace is one that outlives the tick-cluster in it.
type namespace struct{ enter []string }

func newNamespace(t *testing.T, programs ...string) namespace {
	t.Helper()
	needNamespace(t, append(programs, "ip")...)
	held, err := netns.Hold()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(held.Close)
	return namespace{held.Enter}
}

// hosts makes a tool run in the namespace.
func (n namespace) hosts(o *tool) *tool {
	nsenter, err := exec.LookPath(n.enter[0])
	if err != nil {
		o.t.Fatal(err)
	}
	o.cmd.Path, o.cmd.Args = nsenter, append(append([]string{}, n.enter...), o.cmd.Args...)
	return o
}

func TestACutIsMendedHoweverItEnds(t *testing.T) {
	for name, end := range map[string]func(p *pilot){
		"quit":           func(p *pilot) { p.does("quit", "") },
		"end of input":   func(p *pilot) { p.in.Close() },
		"failed command": func(p *pilot) { p.does("frobnicate", "") },
		"SIGTERM":        func(p *pilot) { p.signal(syscall.SIGTERM) },
		"SIGHUP":         func(p *pilot) { p.signal(syscall.SIGHUP) },
		"SIGKILL":        func(p *pilot) { p.signal(syscall.SIGKILL) },
		"a crash":        func(p *pilot) { p.signal(syscall.SIGQUIT) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNamespace(t, "nft")
			p := fly(t, n.hosts(newTool(t, 2, mute).with("--loopback")))
			p.look = n.enter
			p.does("cut 11 12", `cut \[11\] from \[12\] by \d+ rules in nft table inet ringmend of this machine\n`)
			if p.inside("nft", "list", "ruleset") == "" {
				t.Fatal("no rules during the cut")
			}
			end(p)
			p.exit()
			waitFor(t, "the rules are gone", func() bool { return p.inside("nft", "list", "ruleset") == "" })
		})
	}
}

func TestACutByKeys(t *testing.T) {
	t.Parallel()
	needNamespace(t, "nft")
	p := &person{tool: newTool(t, 2, mute).with("--netns", "--loopback")}
	p.start()
	p.presses("c\r", `cut \[11\] from \[12\] by \d+ rules`, false)
	p.presses("c11 *\r", `there is a cut already: mend it first\r\n`, false)
	p.presses("C", `mended after`, false)
	p.presses("c 11 99\r", `no such node: 99`, false)
	p.presses("c12 *\r", `cut \[12\] from \[11\] by \d+ rules`, false)
	p.presses("q", `mended after .*no rules left in nft table inet ringmend`, false)
	if code := p.exit(); code != exitOK {
		t.Errorf("exit code %d, want 0", code)
	}
	p.restored()
}
