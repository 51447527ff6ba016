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
