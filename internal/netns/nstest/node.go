package nstest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const listenAt = "RINGMEND_TEST_LISTEN"

// timeout is how long a connection may take before it counts as impossible, on a
// machine that does other things, too.
const timeout = 5 * time.Second

// Main is for TestMain of packages that use [StartNode].
func Main(m *testing.M) {
	if address := os.Getenv(listenAt); address != "" {
		if err := serve(address, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// serve listens, and dials what it is told to, until its input ends.
func serve(address string, in io.Reader, out io.Writer) error {
	listener, err := Listen(address)
	if err != nil {
		return err
	}
	defer listener.Close()
	fmt.Fprintln(out, "listening")
	for lines := bufio.NewScanner(in); lines.Scan(); {
		fmt.Fprintln(out, Outcome(Try("", lines.Text())))
	}
	return nil
}

// Node is a process that listens and dials.
type Node struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Scanner
	cmd *exec.Cmd
}

// StartNode starts the test's own program as a node, by way of other programs if
// any are given (nsenter ...). It ends with the test at the latest.
func StartNode(t *testing.T, address string, by ...string) *Node {
	t.Helper()
	words := append(by, os.Args[0])
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = append(os.Environ(), listenAt+"="+address)
	cmd.Stderr = os.Stderr
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
	n := &Node{t, in, bufio.NewScanner(out), cmd}
	t.Cleanup(n.Stop)
	if !n.out.Scan() {
		t.Fatalf("node %s does not start", address)
	}
	return n
}

// Dial lets the node dial an address and returns what comes of it, as [Outcome]
// says it.
func (n *Node) Dial(address string) string {
	n.t.Helper()
	if _, err := fmt.Fprintln(n.in, address); err != nil || !n.out.Scan() {
		n.t.Fatalf("the node is gone: %v", err)
	}
	return n.out.Text()
}

// Stop ends the node.
func (n *Node) Stop() {
	n.in.Close()
	_ = n.cmd.Wait()
}

// Listen listens, and echoes on each connection until its end.
func Listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	return listener, nil
}

// Connect dials an address, from a host if one is given.
func Connect(from, to string) (net.Conn, error) {
	d := net.Dialer{Timeout: timeout}
	if from != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
	}
	return d.Dial("tcp", to)
}

// Try opens a connection to an echo, uses it, and closes it.
func Try(from, to string) error {
	conn, err := Connect(from, to)
	if err != nil {
		return err
	}
	defer conn.Close()
	return Use(conn)
}

// Use sends something over a connection to an echo and waits for it to come back.
func Use(conn net.Conn) error {
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("ping")); err != nil {
		return err
	}
	_, err := io.ReadFull(conn, make([]byte, 4))
	return err
}

// What may come of a connection.
const (
	OK      = "ok"
	Refused = "refused" // by a reset
	Timeout = "timeout"
	NoRoute = "no route"
)

// Outcome names an error of [Try] or [Use].
func Outcome(err error) string {
	var network net.Error
	switch {
	case err == nil:
		return OK
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF):
		return Refused
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return NoRoute
	case errors.As(err, &network) && network.Timeout():
		return Timeout
	default:
		return strings.ReplaceAll(err.Error(), "\n", " ")
	}
}
