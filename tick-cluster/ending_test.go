package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// family is a node that has a child, and does not mind what the terminal says.
const family = `trap '' HUP INT
sleep 1000 & echo "$!
$$" >>$PIDS
echo "ready $1 $2"
wait`

func TestNoNodeSurvivesASignal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			o := newTool(t, 2, family).start()
			pids := o.pids(4)
			o.signal(sig)
			if code := o.exit(); code != exitOK {
				t.Errorf("exit code %d, want 0", code)
			}
			gone(t, pids...)
		})
	}
}

func TestNoNodeSurvivesAKillOrACrash(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGQUIT} { // SIGQUIT: a Go program crashes
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			o := newTool(t, 2, family).start()
			pids := o.pids(4)
			o.shows("started the nodes")   // so the guard knows of them
			for _, pid := range pids[:2] { // a node and its child
				if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
					t.Fatal(err)
				}
			}
			o.signal(sig)
			gone(t, pids...)
		})
	}
}

func TestASignalDuringAPacedStart(t *testing.T) {
	t.Parallel()
	o := newTool(t, 100, "exec sleep 1000").start()
	o.shows("started 25 of 100 nodes") // and the rest takes two seconds
	o.signal(syscall.SIGTERM)
	if code := o.exit(); code != exitOK {
		t.Errorf("exit code %d, want 0", code)
	}
	if strings.Contains(o.out.String(), "keys are off") {
		t.Error("the signal came too late to show anything")
	}
}

func TestASecondSignalKills(t *testing.T) {
	t.Parallel()
	o := newTool(t, 1, "trap '' TERM; echo $$ >>$PIDS; while :; do sleep 0.1; done").start()
	pids := o.pids(1)
	o.signal(syscall.SIGTERM)
	o.shows("waiting for " + o.node(0))
	o.signal(syscall.SIGTERM)
	o.shows(" killed " + o.node(0))
	if code := o.exit(); code != exitOK {
		t.Errorf("exit code %d, want 0", code)
	}
	gone(t, pids...)
}

func TestNoNodeSurvivesAClosedOutput(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	o := newTool(t, 1, "echo $$ >>$PIDS; while :; do echo spam; done")
	o.cmd.Stdout = w
	o.start()
	w.Close()
	pids := o.pids(1)
	r.Close()
	if code := o.exit(); code != exitFailed {
		t.Errorf("exit code %d, want 1", code)
	}
	o.shows("Error: writing the output: ")
	gone(t, pids...)
}

func TestAnOutputThatHangsDoesNotKeepNodesAlive(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	o := newTool(t, 1, "echo $$ >>$PIDS; while :; do echo spam; done")
	o.cmd.Stdout = w // and nothing reads it
	o.start()
	w.Close()
	pids := o.pids(1)
	o.signal(syscall.SIGTERM)
	o.exit()
	gone(t, pids...)
}

func TestLinesOfNodesAreMarked(t *testing.T) {
	t.Parallel()
	o := newTool(t, 2, family).start()
	o.pids(4)
	for i := range 2 {
		o.shows("ready --listen=127.0.0.1:" + o.node(i) + " --hosts=./hosts.json")
	}
	o.shows("keys are off: standard input is not a terminal")
	o.signal(syscall.SIGTERM)
	o.exit()
	line := regexp.MustCompile(`^\[(\d+|init|cluster)\] \d\d:\d\d:\d\d\.\d{3} .+$`)
	for _, got := range strings.Split(strings.TrimSpace(o.out.String()), "\n") {
		if !line.MatchString(got) {
			t.Errorf("line %q is not marked", got)
		}
	}
	hosts, err := os.ReadFile(filepath.Join(o.dir, hostsFile))
	if err != nil || strings.Count(string(hosts), "127.0.0.1:") != 2 {
		t.Errorf("hosts %s, error %v", hosts, err)
	}
}

func TestANodeThatEndsIsReported(t *testing.T) {
	t.Parallel()
	o := newTool(t, 2, `case $1 in *`+"$LAST"+`) echo oh; exit 42;; esac; kill -9 $$`)
	o.cmd.Env = append(o.cmd.Env, "LAST="+o.node(1))
	o.start()
	o.shows("[" + o.node(1) + "]")
	o.shows(") ended by itself: exit code 42\n")
	o.shows(") ended by itself: signal: killed\n")
	o.signal(syscall.SIGTERM)
	if code := o.exit(); code != exitOK {
		t.Errorf("exit code %d, want 0", code)
	}
}

func TestMistakesAreReportedBeforeAnythingHappens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-n", "four"}, exitFailed, "Error: number of processes to start is not an integer\n"},
		{[]string{"./none"}, exitFailed, "Error: program ./none does not exist. Check path\n"},
		{[]string{"-n", "1", "--port", taken}, exitFailed, "Error: port " + taken + " is in use (127.0.0.1:" + taken + ")\n"},
		{[]string{"--frobnicate"}, exitUsage, "Error: unknown flag: --frobnicate\nRun 'tick-cluster --help' for usage.\n"},
	} {
		o := newTool(t, 1, "")
		o.cmd.Args = append(o.cmd.Args[:1], test.args...)
		o.start()
		if code := o.exit(); code != test.code || o.out.String() != test.want {
			t.Errorf("%q: exit code %d and %q, want %d and %q", test.args, code, o.out.String(), test.code, test.want)
		}
		if files, err := os.ReadDir(o.dir); err != nil || len(files) > 0 {
			t.Errorf("%q: files %v, error %v", test.args, files, err)
		}
	}
}

func TestAProgramThatCannotBeStarted(t *testing.T) {
	o := newTool(t, 1, "")
	if err := os.WriteFile(filepath.Join(o.dir, "noise"), []byte{1, 2, 3}, 0o755); err != nil {
		t.Fatal(err)
	}
	o.cmd.Args = append(o.cmd.Args, "./noise")
	o.start()
	if code := o.exit(); code != exitFailed {
		t.Errorf("exit code %d, want 1", code)
	}
	o.shows("Error: node " + o.node(0) + ": starting ./noise: ")
}

func TestHelpAndVersion(t *testing.T) {
	for arg, want := range map[string]string{"--help": "Usage:\n  tick-cluster [options] [PROGRAM]", "--version": "tick-cluster "} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		code := run([]string{arg}, w, io.Discard, false)
		w.Close()
		got, err := io.ReadAll(r)
		r.Close()
		if err != nil || code != exitOK || !strings.Contains(string(got), want) {
			t.Errorf("%s: exit code %d, error %v, output %q", arg, code, err, got)
		}
	}
}
