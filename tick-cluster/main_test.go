package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/internal/proc"
)

// toolVariable makes the test binary be tick-cluster.
const toolVariable = "TICK_CLUSTER_TEST_TOOL"

func TestMain(m *testing.M) {
	if os.Getenv(toolVariable) != "" || os.Getenv(roleVariable) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// tool is a tick-cluster that runs in a directory of its own.
type tool struct {
	t    *testing.T
	dir  string
	port int // of the first node
	cmd  *exec.Cmd
	out  await.Buffer
	done chan struct{} // closed when it has ended
	// limit is how long it may take to end.
	limit time.Duration
}

// waitLimit is longer than anything takes on a busy machine.
const waitLimit = await.Patience

// newTool prepares a tick-cluster for some nodes that run a shell script; an empty
// script stands for the built-in node. The script is told the name of a file for
// process ids as $PIDS.
func newTool(t *testing.T, size int, script string) *tool {
	t.Helper()
	o := &tool{t: t, dir: t.TempDir(), port: ports.Row(t, size), done: make(chan struct{}), limit: waitLimit}
	args := []string{"-n", strconv.Itoa(size), "--port", strconv.Itoa(o.port)}
	o.program(script)
	if script != "" {
		args = append(args, "./program")
	}
	o.cmd = exec.Command(os.Args[0], args...)
	o.cmd.Dir = o.dir
	o.cmd.Env = append(os.Environ(), toolVariable+"=1", "PIDS="+o.pidFile())
	o.cmd.Stdout, o.cmd.Stderr = &o.out, &o.out
	o.cmd.WaitDelay = 10 * time.Second
	return o
}

// program writes the shell script that is to run as a node, if there is one.
func (o *tool) program(script string) {
	o.t.Helper()
	if script == "" {
		return
	}
	if err := proc.WriteProgram(filepath.Join(o.dir, "program"), "#!/bin/sh\n"+script+"\n"); err != nil {
		o.t.Fatal(err)
	}
}

// with adds options to the command line.
func (o *tool) with(args ...string) *tool {
	o.cmd.Args = append(o.cmd.Args, args...)
	return o
}

// reads makes it read a script.
func (o *tool) reads(lines ...string) *tool {
	o.cmd.Stdin = strings.NewReader(strings.Join(lines, "\n"))
	return o
}

// start starts it, without a terminal.
func (o *tool) start() *tool {
	o.t.Helper()
	if err := o.cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	o.watch()
	return o
}

// watch waits for the end of the process that was started, at the latest that of
// the test.
func (o *tool) watch() {
	go func() {
		defer close(o.done)
		_ = o.cmd.Wait()
	}()
	o.t.Cleanup(func() {
		_ = o.cmd.Process.Kill()
		<-o.done
		if o.t.Failed() {
			o.t.Logf("output:\n%s", o.out.String())
		}
	})
}

func (o *tool) pidFile() string { return filepath.Join(o.dir, "pids") }

func (o *tool) node(i int) string { return strconv.Itoa(o.port + i) }

func (o *tool) signal(sig syscall.Signal) {
	o.t.Helper()
	if sig == syscall.SIGHUP && signal.Ignored(sig) {
		o.t.Skip("SIGHUP is ignored here, as under nohup, and so it is by what is started here")
	}
	if err := o.cmd.Process.Signal(sig); err != nil {
		o.t.Fatal(err)
	}
}

// exit waits for the end and returns the exit code, -1 for an end by a signal.
func (o *tool) exit() int {
	o.t.Helper()
	select {
	case <-o.done:
	case <-time.After(o.limit):
		o.t.Fatal("it does not end")
	}
	return o.cmd.ProcessState.ExitCode()
}

// shows waits until the output has a text.
func (o *tool) shows(text string) {
	o.t.Helper()
	waitFor(o.t, fmt.Sprintf("%q is shown", text), func() bool { return strings.Contains(o.out.String(), text) })
}

// pids waits until the nodes have written n process ids.
func (o *tool) pids(n int) (pids []int) {
	o.t.Helper()
	waitFor(o.t, fmt.Sprintf("there are %d process ids", n), func() bool {
		data, _ := os.ReadFile(o.pidFile())
		pids = nil
		for _, line := range strings.Fields(string(data)) {
			pid, err := strconv.Atoi(line)
			if err != nil {
				return false // half a line
			}
			pids = append(pids, pid)
		}
		return len(pids) == n && bytes.HasSuffix(data, []byte("\n"))
	})
	return pids
}

// gone waits until processes have ended.
func gone(t *testing.T, pids ...int) {
	t.Helper()
	for _, pid := range pids {
		waitFor(t, fmt.Sprintf("process %d is gone", pid), func() bool {
			state, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
			return err != nil || bytes.HasPrefix(bytes.TrimSpace(state), []byte("Z"))
		})
	}
}

// waitFor waits until ok, for longer than a busy machine may take.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	await.True(t, waitLimit, what, ok)
}
