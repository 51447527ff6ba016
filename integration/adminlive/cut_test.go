package adminlive_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/integration/adminlive"
	"github.com/ringmend/ringmend/integration/cluster"
	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/internal/netns/nstest"
)

// inside runs the test of that name in namespaces of its own, with a lab of the
// given nodes, and returns nil; or that lab, when it is there.
func inside(t *testing.T, nodes func() []cluster.Program) *adminlive.Lab {
	if netlab.Inside() {
		var p adminlive.Programs
		if err := netlab.Given(&p); err != nil {
			t.Fatal(err)
		}
		lab, err := adminlive.NewLab(p, t.TempDir(), patience)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(lab.Close)
		return lab
	}
	if err := adminlive.Missing(); err != nil {
		t.Skipf("skipped: %v", err)
	}
	t.Parallel()
	p := adminlive.Programs{Admin: cluster.Build(t, adminProgram), Partition: cluster.Build(t, partitionProgram)}
	for _, program := range nodes() {
		p.Nodes = append(p.Nodes, cluster.Build(t, program))
	}
	cmd := netlab.Command()
	if err := netlab.Give(cmd, p); err != nil {
		t.Fatal(err)
	}
	nstest.Again(t, cmd)
	return nil
}

// screens are what an operator has open during an incident.
type screens struct {
	t                      *testing.T
	top, watch, partitions *adminlive.Terminal
}

func openScreens(t *testing.T, p string, node string) *screens {
	t.Helper()
	dir, err := os.MkdirTemp("", "screens") // a short path, for the socket
	if err != nil {
		t.Fatal(err)
	}
	tmux, err := adminlive.StartTmux(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		tmux.Close()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	open := func(width int, command string) *adminlive.Terminal {
		terminal, err := tmux.Open(width, 24, p+" "+command+" "+node)
		if err != nil {
			t.Fatal(err)
		}
		return terminal
	}
	return &screens{t, open(80, "top -r 300"), open(80, "watch -w 0.3"), open(100, "partitions -w 1")}
}

// await waits for all of some patterns on one screen at the same time. A space
// stands for any number of them.
func (s *screens) await(terminal *adminlive.Terminal, patterns ...string) {
	s.t.Helper()
	var all []*regexp.Regexp
	for _, p := range patterns {
		all = append(all, regexp.MustCompile(`(?m)`+strings.ReplaceAll(p, " ", " +")))
	}
	_, err := terminal.Await(patience, strings.Join(patterns, ", "), func(text string) bool {
		for _, p := range all {
			if !p.MatchString(text) {
				return false
			}
		}
		return true
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// showOne waits until all screens show one side of four.
func (s *screens) showOne() {
	s.t.Helper()
	s.await(s.top, `^ AGREED: 4 up$`, `^ \[All\] P1 4 members`,
		`^ 10\.77\.0\.2:3000 alive yes`, `^ 10\.77\.3\.2:3000 alive yes`)
	s.await(s.watch, `^ AGREED: 4 up$`, `^ P1 \d+ 4 4 0 0 10\.77\.0\.2:3000$`, `^ P1 holds no member faulty$`)
	s.await(s.partitions, `^ \d+ 4 4 0 0 10\.77\.0\.2:3000$`)
}

// showTwo waits until all screens show two sides of two, each of which holds the
// other faulty.
func (s *screens) showTwo() {
	s.t.Helper()
	s.await(s.top, `^ SPLIT into 2 sides of 2 \| 2 nodes: 4 up$`, `^ \[All\] P1 P2 4 members`,
		`^ 10\.77\.0\.2:3000 (alive faulty|faulty alive) yes, P[12]`, `^ 10\.77\.1\.2:3000 (alive faulty|faulty alive) yes, P[12]`,
		`^ 10\.77\.2\.2:3000 (alive faulty|faulty alive) yes, P[12]`, `^ 10\.77\.3\.2:3000 (alive faulty|faulty alive) yes, P[12]`)
	s.await(s.watch, `^ SPLIT into 2 sides of 2 \| 2 nodes: 4 up$`,
		`^ P[12] \d+ 2 2 0 2 10\.77\.0\.2:3000$`, `^ P[12] \d+ 2 2 0 2 10\.77\.2\.2:3000$`,
		`^ P[12] 2 faulty: 10\.77\.0\.2, 10\.77\.1\.2$`, `^ P[12] 2 faulty: 10\.77\.2\.2, 10\.77\.3\.2$`,
		`\d+s SPLIT into 2 \| 2; 10\.77\.2\.2, 10\.77\.3\.2 cut off$`)
	s.await(s.partitions, `^ \d+ 2 2 0 2 10\.77\.0\.2:3000$`, `^ \d+ 2 2 0 2 10\.77\.2\.2:3000$`)
}

// walkThroughViews goes through what commands show of a split, and back to where it was.
func (s *screens) walkThroughViews(first, last string) {
	s.t.Helper()
	for _, step := range []struct {
		keys   []string
		expect []string
	}{
		{[]string{"G", "<", ":", "w", "a", "Tab", "Enter"}, []string{`^ watch 10\.77`, `^ Timeline$`}},
		{[]string{":", "diff", "Enter"}, []string{`^ diff 10\.77`, `^ Address Node Status Incarnation`}},
		{[]string{":", "explain " + last, "Enter"}, []string{`^ explain ` + regexp.QuoteMeta(last), `^ ` + regexp.QuoteMeta(first) + ` faulty`}},
		{[]string{"Escape"}, []string{`^ diff 10\.77`}},
		{[]string{"Escape"}, []string{`^ Timeline$`}},
		{[]string{"Escape"}, []string{`^ \[All\] P1 P2 4 members, by`}},
	} {
		if err := s.top.Press(step.keys...); err != nil {
			s.t.Fatal(err)
		}
		s.await(s.top, step.expect...)
	}
}

// end leaves the screens, and expects their programs to end well.
func (s *screens) end() {
	s.t.Helper()
	for terminal, key := range map[*adminlive.Terminal]string{s.top: "q", s.watch: "q", s.partitions: "C-c"} {
		if err := terminal.Press(key); err != nil {
			s.t.Error(err)
		}
		s.await(terminal, `ENDED WITH 0$`)
	}
}

// A cut under the screens of real terminals: two sides are shown, then one,
// and in between how it came.
func showTheCut(t *testing.T, lab *adminlive.Lab, heal bool) {
	first, last := lab.Addresses[0], lab.Addresses[3]
	s := openScreens(t, lab.Admin(), first)
	s.showOne()
	began := time.Now()
	if err := lab.Cut([]int{0, 1}, []int{2, 3}); err != nil {
		t.Fatal(err)
	}
	s.showTwo()
	s.walkThroughViews(first, last)
	t.Logf("the split is shown after %v", time.Since(began).Round(time.Second))
	expect(t, lab, 1, "Error: cluster is partitioned. An accurate status cannot be provided\n", "status", first)
	expect(t, lab, 1, "Error: "+"cluster is split. To reap now would make each side forget the other. Heal it first, or give --force\n", "reap", first)
	expect(t, lab, 0, "2\n", "count", "-p", last)

	if err := lab.Mend(); err != nil {
		t.Fatal(err)
	}
	if heal {
		out, err := lab.Run("heal", first)
		if err != nil || !regexp.MustCompile(`Executed heal to 1 targets\n\S+  - 10\.77\.[23]\.2:3000\n`).MatchString(out) ||
			!strings.HasSuffix(out, " No known partitions left\n") {
			t.Errorf("heal: %v\n%s", err, out)
		}
	}
	expect(t, lab, 0, "", "wait", "--converged", "--members", "4", "--timeout", patience.String(), first)
	s.showOne()
	s.await(s.partitions, `(?s)^ \d+ 2 2 0 2 .*^ \d+ 4 4 0 0 10\.77\.0\.2:3000$`)
	s.await(s.watch, `HEALED after \d+s(: 4 up)?; .* came back(; .*)?$`, `SPLIT into 2 \| 2; 10\.77\.2\.2`)
	s.end()
}

// expect runs the program until it prints what is wanted.
func expect(t *testing.T, lab *adminlive.Lab, code int, want string, args ...string) {
	t.Helper()
	await.Until(t, patience, func() string {
		out, err := lab.Run(args...)
		if out == want && (code == 0) == (err == nil) {
			return ""
		}
		return fmt.Sprintf("%q: %v, prints %q, want %q", args, err, out, want)
	})
}

// A cluster of both programs heals by itself: ringmend's nodes do that.
func TestScreensDuringACutOfAMixedCluster(t *testing.T) {
	lab := inside(t, func() []cluster.Program {
		ours, theirs := kinds[0].program(t), kinds[1].program(t)
		return []cluster.Program{ours, theirs, ours, theirs}
	})
	if lab != nil {
		showTheCut(t, lab, false)
	}
}

// ringpop-go takes the better part of a minute to heal by itself, and needs the
// heal command to be faster.
func TestScreensDuringACutOfRingpopGo(t *testing.T) {
	lab := inside(t, func() []cluster.Program {
		p := kinds[1].program(t)
		return []cluster.Program{p, p, p, p}
	})
	if lab != nil {
		showTheCut(t, lab, true)
	}
}

func TestScreensDuringACutOfRingpopNode(t *testing.T) {
	lab := inside(t, func() []cluster.Program {
		p := kinds[2].program(t)
		return []cluster.Program{p, p, p, p}
	})
	if lab != nil {
		showTheCut(t, lab, true)
	}
}
