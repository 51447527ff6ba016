//go:build unix

package tchan

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/node/transport"
)

// poorVariable makes the test binary be a process with few descriptors.
const poorVariable = "RINGMEND_TEST_TCHAN_POOR"

func TestMain(m *testing.M) {
	if os.Getenv(poorVariable) != "" {
		if err := poor(os.Stdin, os.Stdout); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// poor answers calls, says where, and does what it is told: call an address, which may take so
// long, or open files until there are no descriptors left. It says how each of them went.
func poor(in io.Reader, out io.Writer) error {
	t, err := New(Options{Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	defer t.Close()
	if err := t.Listen("127.0.0.1:0", echo); err != nil {
		return err
	}
	fmt.Fprintln(out, t.Address())
	scanner := bufio.NewScanner(in)
	for scanner.Scan() {
		if scanner.Text() == "hog" {
			fmt.Fprintln(out, "files:", hog())
			continue
		}
		address, allowed, _ := strings.Cut(scanner.Text(), " ")
		timeout, err := time.ParseDuration(allowed)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		_, err = t.Call(ctx, address, "/a", nil)
		cancel()
		fmt.Fprintln(out, "call:", err)
	}
	return scanner.Err()
}

func hog() (files int) {
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			return files
		}
		kept = append(kept, f)
		files++
	}
}

// kept are open for good.
var kept []*os.File

// poorProcess is a process with 64 descriptors.
type poorProcess struct {
	t       *testing.T
	address string
	in      io.Writer
	out     *bufio.Reader
	log     bytes.Buffer
	end     func()
}

func newPoorProcess(t *testing.T) *poorProcess {
	t.Helper()
	p := &poorProcess{t: t}
	cmd := exec.Command("/bin/sh", "-c", `ulimit -n 64 && exec "$0"`, os.Args[0])
	cmd.Env = append(os.Environ(), poorVariable+"=1")
	cmd.Stderr = &p.log
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.end = func() {
		in.Close()
		_ = cmd.Wait()
	}
	t.Cleanup(p.end)
	p.in, p.out = in, bufio.NewReader(out)
	p.address = p.line()
	return p
}

func (p *poorProcess) line() string {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("it says %q: %v", line, err)
	}
	return strings.TrimSuffix(line, "\n")
}

func (p *poorProcess) calls(address string) {
	p.t.Helper()
	fmt.Fprintln(p.in, address, "20s")
	if got := p.line(); got != "call: <nil>" {
		p.t.Errorf("%s: %s", address, got)
	}
}

// A node with 64 descriptors talks to a hundred others, and is talked to.
func TestFewDescriptorsAreEnough(t *testing.T) {
	const peers, rounds = 100, 2
	p := newPoorProcess(t)
	var all []*Transport
	for range peers {
		all = append(all, newServer(t, Options{}, echo))
	}
	for range rounds {
		for _, peer := range all {
			p.calls(peer.Address())
		}
	}
	for _, peer := range all {
		if _, err := peer.Call(withTimeout(t, 20*time.Second), p.address, "/a", nil); err != nil {
			t.Errorf("a call from outside: %v", err)
		}
	}
	if n := openTo(all); n > 48 {
		t.Errorf("%d connections are open", n)
	}
	p.end()
	log := p.log.String()
	if strings.Count(log, "few file descriptors") != 1 || !strings.Contains(log, "limit=64 connections=48") {
		t.Errorf("not said in the log:\n%s", log)
	}
	if n := strings.Count(log, "to make room"); n != 1 {
		t.Errorf("said %d times that connections are given up:\n%s", n, log)
	}
}

// Descriptors may go to others in the process. Then idle connections are given up, too.
func TestDescriptorsThatOthersTake(t *testing.T) {
	p := newPoorProcess(t)
	for range 20 {
		p.calls(newServer(t, Options{}, echo).Address())
	}
	fmt.Fprintln(p.in, "hog")
	if said := p.line(); !strings.HasPrefix(said, "files: ") {
		t.Fatalf("it says %q", said)
	}
	for range 5 {
		p.calls(newServer(t, Options{}, echo).Address())
		peer := newServer(t, Options{}, echo)
		if _, err := peer.Call(withTimeout(t, 20*time.Second), p.address, "/a", nil); err != nil {
			t.Errorf("a call from outside: %v", err)
		}
	}
}

// A process whose descriptors others have taken, all of them, cannot call, and says why.
func TestNoDescriptorIsLeft(t *testing.T) {
	p := newPoorProcess(t)
	fmt.Fprintln(p.in, "hog")
	if said := p.line(); !strings.HasPrefix(said, "files: ") {
		t.Fatalf("it says %q", said)
	}
	fmt.Fprintln(p.in, newServer(t, Options{}, echo).Address(), "200ms")
	if got := p.line(); !strings.Contains(got, transport.ErrNoRoom.Error()) {
		t.Errorf("%s, want %q", got, transport.ErrNoRoom)
	}
}
