package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
)

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
