package tui

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var rewrite = flag.Bool("rewrite", false, "write the golden screens anew")

// start is when the tests begin to look.
var start = time.Date(2026, 3, 1, 10, 37, 4, 0, time.UTC)

func address(i int) wire.Address { return wire.Address(fmt.Sprintf("127.0.0.1:%d", 3000+i)) }

// view is what the nodes of one partition hold the members to be: a letter for
// each member of alive, suspect, faulty, leave, tombstone; - when unknown.
type view struct {
	nodes   []int
	members string
}

var letters = map[rune]wire.Status{'a': wire.Alive, 's': wire.Suspect, 'f': wire.Faulty, 'l': wire.Leave, 't': wire.Tombstone}

// clusterOf returns a cluster with the given views, and nodes that failed.
func clusterOf(failed []int, views ...view) *admin.Cluster {
	c := &admin.Cluster{}
	for i, v := range views {
		stats := &wire.Stats{}
		stats.Membership.Checksum = uint32(1000*(len(views)-i) + len(v.nodes))
		for j, letter := range v.members {
			if letter != '-' {
				stats.Membership.Members = append(stats.Membership.Members, wire.Member{
					Address: address(j), Status: letters[letter], Incarnation: start.UnixMilli() + int64(j),
				})
			}
		}
		for _, n := range v.nodes {
			c.Nodes = append(c.Nodes, admin.Node{Address: address(n), Stats: stats})
		}
	}
	for _, n := range failed {
		c.Nodes = append(c.Nodes, admin.Node{Address: address(n), Err: &admin.CallError{
			Node: address(n), Endpoint: wire.EndpointStats, Err: errors.New("connection refused"),
		}})
	}
	return c
}

// stage is a page on a simulated terminal, with a clock that the test moves.
type stage struct {
	t      testing.TB
	screen tcell.SimulationScreen
	page   page
	frame  frame
}

func newStage(t testing.TB, p page, width, height int) *stage {
	t.Helper()
	screen := tcell.NewSimulationScreen("UTF-8")
	if err := screen.Init(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(screen.Fini)
	screen.SetSize(width, height)
	s := &stage{t: t, screen: screen, page: p}
	s.frame = frame{model: &model{}, title: "top 127.0.0.1:3000", now: start, every: 10 * time.Second}
	return s
}

// saw moves the clock and takes in a look.
func (s *stage) saw(after time.Duration, c *admin.Cluster) {
	s.frame.now = s.frame.now.Add(after)
	s.frame.saw(look{at: s.frame.now, took: 12 * time.Millisecond, cluster: c})
}

func (s *stage) missed(after time.Duration, text string) {
	s.frame.now = s.frame.now.Add(after)
	s.frame.saw(look{at: s.frame.now, err: errors.New(text)})
}

// keys presses keys, with a draw before each, as in a session.
func (s *stage) keys(text string) {
	for _, r := range text {
		s.text()
		key := tcell.KeyRune
		switch r {
		case '\n':
			key, r = tcell.KeyEnter, 0
		case '\x1b':
			key, r = tcell.KeyEscape, 0
		case '↓':
			key, r = tcell.KeyDown, 0
		case '→':
			key, r = tcell.KeyRight, 0
		case '\x06':
			key, r = tcell.KeyCtrlF, 0
		}
		s.page.key(tcell.NewEventKey(key, r, tcell.ModNone))
	}
}

// text draws and returns what is on the screen.
func (s *stage) text() string {
	s.screen.Clear()
	s.page.draw(s.screen, &s.frame)
	s.screen.Show()
	return textOf(s.screen)
}

func textOf(screen tcell.SimulationScreen) string {
	cells, width, height := screen.GetContents()
	var b strings.Builder
	for y := range height {
		var row strings.Builder
		for x := range width {
			if runes := cells[y*width+x].Runes; len(runes) > 0 {
				row.WriteString(string(runes))
			} else {
				row.WriteByte(' ')
			}
		}
		b.WriteString(strings.TrimRight(row.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// golden compares the screen with a file in testdata.
func (s *stage) golden(name string) {
	s.t.Helper()
	got := s.text()
	file := filepath.Join("testdata", name+".txt")
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		s.t.Errorf("%s (-rewrite to accept): %s", file, diff)
	}
}

var (
	together   = view{[]int{0, 1, 2, 3}, "aaaa"}
	leftSide   = view{[]int{0, 1}, "aaff"}
	rightSide  = view{[]int{2, 3}, "ffaa"}
	survivors  = view{[]int{0, 1, 2}, "aaaf"}
	bothUnsure = view{[]int{0, 1}, "aass"}
)

func TestTopShowsASplitAtAGlance(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 0), 80, 24)
	s.golden("top-first")
	s.saw(0, clusterOf(nil, together))
	s.golden("top-agreed")
	s.saw(10*time.Second, clusterOf([]int{2, 3}, bothUnsure))
	s.golden("top-unsure")
	s.saw(10*time.Second, clusterOf(nil, leftSide, rightSide))
	s.golden("top-split")
	s.keys("1")
	s.golden("top-split-p1")
	s.keys("0↓↓\n")
	s.golden("top-split-details")
	s.saw(2*time.Minute, clusterOf(nil, together))
	s.keys("\x1b")
	s.golden("top-healed")
}

func TestTopKeepsTheLastGoodData(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 0), 80, 24)
	s.saw(0, clusterOf([]int{3}, survivors))
	s.missed(10*time.Second, "Failed to connect\nto anybody")
	s.frame.now = s.frame.now.Add(5 * time.Second)
	s.golden("top-stale")
}

func TestTopWithAThousandMembers(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 0), 120, 30)
	s.saw(0, thousand(0))
	s.saw(10*time.Second, thousand(7))
	s.golden("top-thousand")
	s.keys("\x06\x06↓")
	s.golden("top-thousand-scrolled")
	s.keys("s")
	s.golden("top-thousand-by-status")
	s.keys("/:39\n")
	s.golden("top-thousand-filtered")
	s.keys("\x1bssG")
	if text := s.text(); !strings.Contains(text, "127.0.0.1:3999") {
		t.Errorf("the last one is not shown:\n%s", text)
	}
}

// thousand returns a cluster of 1,000 nodes in one partition, some of which are
// down, and one node that has not heard of that yet.
func thousand(down int) *admin.Cluster {
	letters := strings.Repeat("a", 1000-down) + strings.Repeat("f", down)
	var nodes, failed []int
	for i := range 999 - down {
		nodes = append(nodes, i)
	}
	for i := range down {
		failed = append(failed, 1000-down+i)
	}
	return clusterOf(failed, view{nodes, letters}, view{[]int{999 - down}, strings.Repeat("a", 1000)})
}

func TestTopOnANarrowTerminal(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 0), 40, 10)
	s.saw(0, clusterOf([]int{3}, leftSide, view{[]int{2}, "ffaa"}))
	s.golden("top-narrow")
	for width := range 12 {
		for height := range 12 {
			s.screen.SetSize(width, height)
			s.keys("\n?x/x\n\x1b")
		}
	}
}

func TestTopHelp(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 0), 80, 24)
	s.saw(0, clusterOf(nil, together))
	s.keys("?")
	s.golden("top-help")
	s.keys("x")
	if strings.Contains(s.text(), "Keys") {
		t.Error("a key does not end the help")
	}
}

// A node that was named stays on the screen although it does not answer and no node
// lists it.
func TestTopShowsWhoWasAskedInVain(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 0), 80, 24)
	s.saw(0, clusterOf([]int{5}, together))
	if text := s.text(); !strings.Contains(text, "\n 127.0.0.1:3005   --           NO\n") || strings.Count(text, "   yes\n") != 4 {
		t.Error(text)
	}
}

func TestTopShowsSoManyRows(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 2), 80, 24)
	s.saw(0, clusterOf(nil, together))
	text := s.text()
	if !strings.Contains(text, "127.0.0.1:3001 ") || strings.Contains(text, "127.0.0.1:3002 ") {
		t.Errorf("not two rows:\n%s", text)
	}
}

func TestTopShowsBracketsAsTheyAre(t *testing.T) {
	c := clusterOf(nil, view{[]int{0}, "a"})
	c.Nodes[0].Address = "[::1]:3000"
	c.Nodes[0].Stats.Membership.Members[0].Address = "[::1]:3000"
	c.Nodes[0].Stats.Membership.Members[0].Labels = map[string]string{"zone": "[red]b[-]"}
	s := newStage(t, newTopPage(theme{}, 0), 120, 24)
	s.saw(0, c)
	s.keys("1\n")
	text := s.text()
	if !strings.Contains(text, " [::1]:3000   alive ") || strings.Count(text, "zone=[red]b[-]\n") != 2 {
		t.Error(text)
	}
}

func TestWatchShowsSplitsAndHeals(t *testing.T) {
	s := newStage(t, newWatchPage(theme{}), 80, 24)
	s.frame.title = "watch 127.0.0.1:3000"
	s.golden("watch-first")
	s.saw(0, clusterOf(nil, together))
	s.saw(10*time.Second, clusterOf([]int{2, 3}, bothUnsure))
	s.saw(10*time.Second, clusterOf(nil, leftSide, rightSide))
	s.saw(30*time.Second, clusterOf(nil, leftSide, view{[]int{2}, "ffaf"}, view{[]int{3}, "fffa"}))
	s.frame.now = s.frame.now.Add(3 * time.Second)
	s.golden("watch-split")
	s.saw(10*time.Second, clusterOf(nil, leftSide, rightSide))
	s.saw(10*time.Second, clusterOf(nil, together))
	s.saw(10*time.Second, clusterOf([]int{3}, survivors))
	s.missed(10*time.Second, "Failed to connect")
	s.golden("watch-healed")
	s.keys("↓↓")
	s.golden("watch-scrolled")
	s.keys("?")
	s.golden("watch-help")
}

func TestWatchWithAThousandMembers(t *testing.T) {
	s := newStage(t, newWatchPage(theme{}), 80, 24)
	s.saw(0, thousand(300))
	s.golden("watch-thousand")
	for width := range 12 {
		for height := range 12 {
			s.screen.SetSize(width, height)
			s.text()
		}
	}
}

// styleAt returns the style of the first cell of a text on the screen.
func (s *stage) styleAt(text string) tcell.Style {
	s.t.Helper()
	content := s.text()
	for y, row := range strings.Split(content, "\n") {
		if i := strings.Index(row, text); i >= 0 {
			cells, width, _ := s.screen.GetContents()
			return cells[y*width+len([]rune(row[:i]))].Style
		}
	}
	s.t.Fatalf("%q is not on the screen:\n%s", text, content)
	return tcell.StyleDefault
}

func TestStatusesAreColouredUnlessThereAreNoColours(t *testing.T) {
	for _, colour := range []bool{true, false} {
		s := newStage(t, newTopPage(theme{colour}, 0), 80, 24)
		s.saw(0, clusterOf(nil, leftSide, rightSide))
		s.keys("↓↓") // off the first row: the selected one is in reverse
		for text, want := range map[string]tcell.Color{
			"SPLIT": tcell.PaletteColor(1), "faulty": tcell.PaletteColor(1), "alive": tcell.PaletteColor(2), "Address": tcell.ColorDefault,
		} {
			if !colour {
				want = tcell.ColorDefault
			}
			if got, _, _ := s.styleAt(text).Decompose(); got != want {
				t.Errorf("colour %v, %s: %v, want %v", colour, text, got, want)
			}
		}
		for _, keys := range []string{"", "1", "\n", "?", "x/f"} {
			s.keys(keys)
			s.text()
			cells, _, _ := s.screen.GetContents()
			for i, c := range cells {
				if _, background, _ := c.Style.Decompose(); background != tcell.ColorDefault {
					t.Fatalf("after %q: background %v at %d: light terminals have another one", keys, background, i)
				}
			}
		}
	}
}

// Letters in a terminal's yellow cannot be read on white, and bold black ones are
// grey where bold brightens.
func TestWarningsCanBeReadOnEveryBackground(t *testing.T) {
	s := newStage(t, newTopPage(theme{true}, 0), 80, 24)
	s.saw(0, clusterOf([]int{2, 3}, bothUnsure))
	letters, background, attributes := s.styleAt("suspect").Decompose()
	if letters != tcell.PaletteColor(0) || background != tcell.PaletteColor(3) || attributes&tcell.AttrBold != 0 {
		t.Errorf("letters %v on %v, attributes %b", letters, background, attributes)
	}
	if _, background, _ := s.styleAt(" NO").Decompose(); background != tcell.ColorDefault {
		t.Errorf("the gap after a warning is %v", background)
	}
}

func TestTopFiltersWhileOneTypes(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 0), 80, 24)
	s.saw(0, clusterOf([]int{3}, survivors))
	s.keys("/faulq")
	s.golden("top-filter")
	s.keys("\x1b")
	if text := s.text(); !strings.Contains(text, "4 members") {
		t.Errorf("Escape does not end the filter:\n%s", text)
	}
}
