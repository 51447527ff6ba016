package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/tick-cluster/internal/record"
)

// mute is a node that runs and never answers.
const mute = "echo $$ >>$PIDS; exec sleep 1000"

func TestAScriptTormentsACluster(t *testing.T) {
	t.Parallel()
	o := newTool(t, 3, "").reads("# the cluster comes up", "wait converged", "", "kill 1", "wait converged # without it",
		"revive", "wait converged", "gossip off", "gossip on", "tick", "stats", "quit", "frobnicate")
	o.limit = 3 * waitLimit
	o.start()
	if code := o.exit(); code != exitOK {
		t.Errorf("exit code %d, want 0", code)
	}
	from := 0
	all := strings.Join([]string{o.node(0), o.node(1), o.node(2)}, ", ")
	for _, want := range []string{"keys are off", "> wait converged 30s\n", " converged after ", "[" + all + "]", "> kill 1\n", " killed, pid ",
		" converged after ", " (2)\n", "> revive\n", " converged after ", "[" + all + "]", "gossip stopped on 3 of 3", "gossip started on 3 of 3",
		"> tick\n[" + all + "] ", "    alive  " + all, "> quit\n"} {
		at := strings.Index(o.out.String()[from:], want)
		if at < 0 {
			t.Fatalf("no %q after byte %d", want, from)
		}
		from += at
	}
}

func TestAScriptThatFailsEndsAll(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lines []string
		want  string
	}{
		"a bad command":       {[]string{"", "# first", "kill one", "kill 1"}, `Error: line 3: kill: no such node: one (there is only `},
		"a wait in vain":      {[]string{"wait converged 100ms", "kill 1"}, "Error: line 1: waited 100ms in vain: "},
		"a wait for no node":  {[]string{"suspend 1", "wait converged 10m", "revive"}, "Error: line 2: no node is running"},
		"an order that fails": {[]string{"gossip off", "kill 1"}, "Error: line 1: not all nodes have done it"},
		"a cut of one":        {[]string{"cut", "kill 1"}, "Error: line 1: one node cannot be cut in two"},
		"a long line":         {[]string{strings.Repeat("x", 1<<17), "kill 1"}, "Error: line 1: longer than 65536 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newTool(t, 1, mute).reads(test.lines...).start()
			if code := o.exit(); code != exitFailed {
				t.Errorf("exit code %d, want 1", code)
			}
			o.shows(test.want)
			if strings.Contains(o.out.String(), "> kill 1\n") || strings.Contains(o.out.String(), "> revive") {
				t.Error("it went on")
			}
		})
	}
}

// A number means the node of that name, or that many nodes; it is an error when there are
// fewer.
func TestNodesAreNamedInCommands(t *testing.T) {
	t.Parallel()
	o := newTool(t, 4, mute)
	n := o.node
	o.with("--keep-going").reads("kill "+n(1), "kill 5", "kill "+n(9), "suspend "+n(2)+","+n(3), "kill "+n(0)+" "+n(1), "revive "+n(0),
		"kill 127.0.0.1:"+n(3), "revive "+n(1)+"-"+n(3), "terminate "+n(2))
	o.start()
	if code := o.exit(); code != exitFailed {
		t.Errorf("exit code %d, want 1", code)
	}
	var got []string
	for line := range strings.Lines(o.out.String()) {
		_, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		_, text, _ = strings.Cut(text, " ")
		who, _, _ := strings.Cut(line, "]")
		switch what, _, _ := strings.Cut(text, ","); {
		case strings.HasPrefix(text, "> "), strings.HasPrefix(text, "line "):
			got = append(got, text)
		case strings.HasPrefix(line, "["+o.node(0)[:2]):
			what, _, _ = strings.Cut(what, " after")
			got = append(got, strings.TrimPrefix(who, "[")+" "+what)
		}
	}
	want := []string{
		"> kill " + n(1), n(1) + " killed",
		"> kill 5", "line 2: kill: too many: 5 is more than the 4 nodes of the cluster, and no name of one (they are " + n(0) + " to " + n(3) + ")",
		"> kill " + n(9), "line 3: kill: too many: " + n(9) + " is more than the 4 nodes of the cluster, and no name of one (they are " + n(0) + " to " + n(3) + ")",
		"> suspend " + n(2) + "," + n(3), n(2) + " suspended", n(3) + " suspended",
		"> kill " + n(0) + " " + n(1), "line 5: kill: nothing is done: " + n(1) + " is killed",
		"> revive " + n(0), "line 6: revive: nothing is done: " + n(0) + " is running",
		"> kill 127.0.0.1:" + n(3), n(3) + " killed",
		"> revive " + n(1) + "-" + n(3), n(1) + " started again", n(2) + " resumed", n(3) + " started again",
		"> terminate " + n(2), n(2) + " terminating",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The same seed kills the same nodes; without one it is said which it was.
func TestASeedRepeatsASession(t *testing.T) {
	t.Parallel()
	killed := func(o *tool) string {
		o.reads("kill 2", "kill 1", "revive 1", "kill 2").start()
		o.exit()
		var places []string
		for line := range strings.Lines(o.out.String()) {
			if who, _, found := strings.Cut(line, "] "); found && strings.Contains(line, " killed, pid ") {
				port, err := strconv.Atoi(strings.TrimPrefix(who, "["))
				if err != nil {
					t.Fatalf("line %q", line)
				}
				places = append(places, strconv.Itoa(port-o.port))
			}
		}
		return strings.Join(places, " ")
	}
	first := newTool(t, 8, mute)
	chosen := killed(first)
	said := regexp.MustCompile(`random choices by --seed (\d+), which`).FindStringSubmatch(first.out.String())
	if said == nil || len(strings.Fields(chosen)) != 5 {
		t.Fatalf("killed %q, and no seed is named in\n%s", chosen, first.out.String())
	}
	again := newTool(t, 8, mute).with("--seed", said[1])
	if got := killed(again); got != chosen {
		t.Errorf("with seed %s: %s, and again %s", said[1], chosen, got)
	}
	if strings.Contains(again.out.String(), "random choices") {
		t.Error("a seed that was given is told")
	}
}

func TestAScriptFromAnEditorOfWindows(t *testing.T) {
	t.Parallel()
	o := newTool(t, 1, mute).reads("\ufeffsuspend 1\r", "revive\r").start()
	if code := o.exit(); code != exitOK {
		t.Errorf("exit code %d, want 0", code)
	}
}

func TestAScriptThatKeepsGoing(t *testing.T) {
	t.Parallel()
	o := newTool(t, 2, mute).with("--keep-going").reads("frobnicate", "wait converged 1ms", "kill 2").start()
	if code := o.exit(); code != exitFailed {
		t.Errorf("exit code %d, want 1", code)
	}
	o.shows(`line 1: unknown command "frobnicate"`)
	o.shows("> kill 2\n")
	o.shows("Error: 2 of 3 commands failed, the first one in line 1: ")
}

// Commands may come one by one, from a program.
func TestTheEndOfTheInputQuitsAfterACommand(t *testing.T) {
	t.Parallel()
	o := newTool(t, 1, mute)
	in, err := o.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	o.start()
	if _, err := io.WriteString(in, "suspend 1\n"); err != nil {
		t.Fatal(err)
	}
	o.shows("suspended, pid")
	if _, err := io.WriteString(in, "revive"); err != nil { // no end of the line
		t.Fatal(err)
	}
	in.Close()
	o.shows("resumed after")
	if code := o.exit(); code != exitOK {
		t.Errorf("exit code %d, want 0", code)
	}
}

func TestAnInputWithoutCommandsDoesNotEndIt(t *testing.T) {
	t.Parallel()
	o := newTool(t, 1, "trap '' HUP; "+mute).reads("# nothing", "").start()
	o.shows("keys are off")
	o.signal(syscall.SIGHUP) // it is heard, so nothing else has ended it
	if code := o.exit(); code != exitOK {
		t.Errorf("exit code %d, want 0", code)
	}
}

func TestASignalInTheMiddleOfAScript(t *testing.T) {
	t.Parallel()
	o := newTool(t, 1, mute).reads("sleep 10m").start()
	o.shows("> sleep 10m")
	o.signal(syscall.SIGTERM)
	if code := o.exit(); code != exitFailed {
		t.Errorf("exit code %d, want 1", code)
	}
	o.shows("Error: line 1: interrupted: sleep 10m")
}

func TestARecordTellsTheWholeSession(t *testing.T) {
	t.Parallel()
	o := newTool(t, 2, "").with("--quiet", "--record", "session.json").reads("wait converged", "tick", "frobnicate").start()
	o.exit()
	data, err := os.ReadFile(filepath.Join(o.dir, "session.json"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[record.Kind]int{}
	var lines []record.Line
	for text := range strings.Lines(string(data)) {
		var l record.Line
		if err := json.Unmarshal([]byte(text), &l); err != nil || l.V != record.Version || l.Time.IsZero() {
			t.Fatalf("line %q: error %v", text, err)
		}
		kinds[l.Kind]++
		lines = append(lines, l)
	}
	for _, kind := range []record.Kind{record.Output, record.Event, record.Show, record.Checksums, record.Begin, record.State} {
		if kinds[kind] == 0 {
			t.Errorf("nothing of kind %s in %v", kind, kinds)
		}
	}
	first, last := lines[0], lines[len(lines)-1]
	wantNodes := []record.Node{{Name: o.node(0), Address: "127.0.0.1:" + o.node(0)}, {Name: o.node(1), Address: "127.0.0.1:" + o.node(1)}}
	if diff := cmp.Diff(wantNodes, first.Nodes); first.Kind != record.Start || first.Seed == nil || diff != "" {
		t.Errorf("first %+v (-want +got):\n%s", first, diff)
	}
	if last.Kind != record.Exit || last.Code == nil || *last.Code != exitFailed || !strings.Contains(last.Error, "frobnicate") {
		t.Errorf("last %+v", last)
	}
	// Those before are of the wait, when the nodes did not agree yet.
	views := slices.DeleteFunc(slices.Clone(lines), func(l record.Line) bool { return l.Kind != record.Checksums })
	if got := views[len(views)-1].Groups; len(got) != 1 || len(got[0].Nodes) != 2 {
		t.Errorf("groups %v, want one of two", got)
	}
	if strings.Contains(o.out.String(), "msg=listening") {
		t.Error("the output of nodes was shown")
	}
	if bad := lines[slices.IndexFunc(lines, func(l record.Line) bool { return l.Text == "frobnicate" })]; bad.Kind != record.Command || bad.Error == "" {
		t.Errorf("a line that is no command is recorded as %+v", bad)
	}

	shown, err := o.report("session.json")
	if err != nil {
		t.Error(err)
	}
	for _, want := range []string{"2 nodes: " + o.node(0) + ", " + o.node(1), "  > wait converged 30s\n", "  views: [" + o.node(0) + ", " + o.node(1) + "] ", "  > tick\n",
		"  > frobnicate\n", "    failed: unknown command", "end with exit code 1: line 3: ", "3 commands (1 failed)"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the report has no %q:\n%s", want, shown)
		}
	}
	if err := os.WriteFile(filepath.Join(o.dir, "cut.json"), data[:len(data)-10], 0o600); err != nil {
		t.Fatal(err)
	}
	if shown, err := o.report("cut.json"); err == nil || !strings.Contains(shown, "Error: cut.json: the record has no end") || !strings.Contains(shown, "  > tick\n") {
		t.Errorf("the report of a part: %v\n%s", err, shown)
	}
}

// report is what tick-cluster shows of a record.
func (o *tool) report(file string) (string, error) {
	cmd := exec.Command(os.Args[0], "report", file)
	cmd.Dir, cmd.Env = o.dir, o.cmd.Env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestARecordThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	o := newTool(t, 1, mute).with("--record", "none/session.json").start()
	if code := o.exit(); code != exitFailed {
		t.Errorf("exit code %d, want 1", code)
	}
	o.shows("Error: recording: open none/session.json: no such file or directory\n")

	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("skipped: there is no /dev/full here")
	}
	o = newTool(t, 1, mute).with("--record", "/dev/full").reads("suspend 1", "revive").start()
	if code := o.exit(); code != exitFailed {
		t.Errorf("exit code %d, want 1", code)
	}
	o.shows("no record from here on: ")
	o.shows("resumed after") // it went on
	o.shows("Error: recording: write /dev/full: no space left on device\n")
}

func TestAQuietNodeIsHeardWhenItDies(t *testing.T) {
	t.Parallel()
	o := newTool(t, 1, "for i in 1 2 3 4 5 6 7; do echo line $i; done; exit 3").with("-q").start()
	o.shows("ended by itself: exit code 3")
	o.shows("line 7")
	o.signal(syscall.SIGTERM)
	o.exit()
	if out := o.out.String(); strings.Contains(out, "line 2") || !strings.Contains(out, "line 3") {
		t.Error("not the last five lines")
	}
}

func TestAProgramThatCannotBindItsDialler(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		script string
		code   int
	}{
		"and says so":      {"echo 'flag provided but not defined: -bind-dial'; exit 2", exitFailed},
		"and says no more": {"echo 'unknown option --bind-dial, never mind'; " + mute, exitOK},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			o := newTool(t, 2, test.script).with("--loopback")
			in, err := o.cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			o.start()
			if test.code == exitOK {
				o.shows("never mind")
				if _, err := io.WriteString(in, "quit\n"); err != nil {
					t.Fatal(err)
				}
			}
			if code := o.exit(); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			message := "Error: program ./program seems not to know --bind-dial, by which --loopback keeps nodes apart"
			if got := strings.Contains(o.out.String(), message); got != (test.code == exitFailed) {
				t.Errorf("message: %v", got)
			}
		})
	}
}

// More nodes than anyone watches: set TICK_CLUSTER_NODES=100 for what the
// documents promise; the default is for machines that do other things, too.
func TestManyNodes(t *testing.T) {
	size := 16
	if s := os.Getenv("TICK_CLUSTER_NODES"); s != "" {
		if _, err := fmt.Sscan(s, &size); err != nil {
			t.Fatal(err)
		}
	}
	o := newTool(t, size, "").reads("wait converged 90s", "tick", "stats", "protocol")
	o.limit = 3 * waitLimit
	o.start()
	if code := o.exit(); code != exitOK {
		t.Errorf("exit code %d, want 0", code)
	}
	o.shows(fmt.Sprintf("started %d of %d nodes", size/4, size))
	o.shows(fmt.Sprintf("started %d nodes in ", size))
	o.shows(fmt.Sprintf("> tick\n[%s-%s] ", o.node(0), o.node(size-1)))
	if strings.Contains(o.out.String(), "msg=listening") {
		t.Error("the output of nodes was shown")
	}
}
