package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// small is the smallest terminal on which everything must be found.
var small = [2]int{60, 15}

// rows returns the lines on the screen that begin with an address.
func (s *stage) rows() []string {
	var rows []string
	for line := range strings.SplitSeq(s.text(), "\n") {
		if strings.HasPrefix(line, " 127.0.0.1:") || strings.HasPrefix(line, " 10.") {
			rows = append(rows, strings.TrimSpace(line))
		}
	}
	return rows
}

// expect expects texts on the screen.
func (s *stage) expect(texts ...string) {
	s.t.Helper()
	content := s.text()
	for _, text := range texts {
		if !strings.Contains(content, text) {
			s.t.Errorf("%q is not on the screen:\n%s", text, content)
		}
	}
}

// first expects the first row to be that of a member.
func (s *stage) first(i int) {
	s.t.Helper()
	if rows := s.rows(); len(rows) == 0 || !strings.HasPrefix(rows[0], string(address(i))+" ") {
		s.t.Errorf("%s is not the first:\n%s", address(i), s.text())
	}
}

// many is a view of all nodes: a letter, and the number of members that it is for.
func many(counts ...any) view {
	v := view{}
	for i := 0; i < len(counts); i += 2 {
		v.members += strings.Repeat(counts[i].(string), counts[i+1].(int))
	}
	for i, letter := range v.members {
		if letter == 'a' {
			v.nodes = append(v.nodes, i)
		}
	}
	return v
}

func TestTopOpensAtTheTop(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 0), 80, 24)
	s.text() // before the first answer
	s.saw(0, clusterOf(nil, many("a", 100)))
	s.first(0)
	s.expect("1-18 of 100 members")
}

// A list that becomes longer than the screen is still shown from its beginning.
func TestTopStaysAtTheTop(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 0), 80, 24)
	s.saw(0, clusterOf(nil, together))
	s.text()
	s.saw(time.Second, clusterOf(nil, many("a", 100)))
	s.first(0)
	s.keys("/:309\n")
	s.first(90)
	s.keys("\x1b")
	s.first(0)
}

// Who goes down while the members are sorted by status comes into view.
func TestTopShowsTheWorstFirstAsTheyBecomeSo(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 0), 80, 24)
	s.saw(0, clusterOf(nil, many("a", 100)))
	s.keys("s")
	s.text()
	s.saw(time.Second, clusterOf([]int{98, 99}, many("a", 60, "f", 30, "a", 8, "s", 2)))
	s.first(60)
	s.keys("G")
	s.expect("84-100 of 100 members", "127.0.0.1:3097   alive")
	s.keys("sssg")
	s.first(60)
	s.keys("\n")
	s.expect("\n 127.0.0.1:3060  was not asked")
	s.keys("ss") // by address again; the details follow the first row
	s.expect("\n 127.0.0.1:3000  answers")
}

func TestTopPagesThroughAHundredMembers(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, small} {
		s := newStage(t, newTopPage(theme{}, 0), size[0], size[1])
		s.saw(0, clusterOf(nil, many("a", 100)))
		seen := map[string]bool{}
		for range 100 {
			for _, row := range s.rows() {
				address, rest, _ := strings.Cut(row, " ")
				seen[address] = true
				if strings.Contains(rest, "…") {
					t.Errorf("a row is cut off: %q", row)
				}
			}
			if strings.Contains(s.text(), "-100 of 100 members") {
				break
			}
			s.keys("\x06")
		}
		if len(seen) != 100 {
			t.Errorf("on %v %d members are seen", size, len(seen))
		}
		s.keys("g")
		s.first(0)
	}
}

// However many views there are, a change that spreads is shown in two columns, and
// a split in one for each side.
func TestTopWhileAChangeSpreads(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 0), 80, 24)
	for views := 2; views <= 81; views++ {
		// Each node has heard of the end of one more of the last members.
		var all []view
		for i := range views {
			members := strings.Repeat("a", 100-i) + strings.Repeat("f", i)
			all = append(all, view{[]int{i}, members})
		}
		all[0].nodes = nil
		for i := views; i <= 19; i++ {
			all[0].nodes = append(all[0].nodes, i)
		}
		all[0].nodes = append(all[0].nodes, 0)
		s.saw(time.Second, clusterOf(nil, all...))
		text := s.text()
		if strings.Contains(text, "P2") || !strings.Contains(text, "Address          Most say       Others say              Answers   Changed\n") {
			t.Fatalf("%d views:\n%s", views, text)
		}
	}
	s.saw(time.Second, clusterOf([]int{4},
		view{[]int{0, 1}, "aaaaf"}, view{[]int{2}, "aaaas"}, view{[]int{3}, "aaaa-"}))
	s.golden("top-spreading")
	s.keys("G\n")
	s.golden("top-spreading-details")
	s.saw(time.Second, clusterOf(nil, view{[]int{0, 1}, "aaffa"}, view{[]int{4}, "aafla"}, view{[]int{2, 3}, "ffaaf"}))
	s.golden("top-split-spreading")
}

func TestVerdictCountsWhoIsNotUp(t *testing.T) {
	tests := []struct {
		name    string
		cluster *admin.Cluster
		want    string
		tone    tone
	}{
		{"all are up", clusterOf(nil, many("a", 12)), "AGREED: 12 up", good},
		{"two are dead", clusterOf([]int{10, 11}, many("a", 10, "f", 2)), "AGREED: 10 up, 2 faulty", bad},
		{"one is suspect", clusterOf([]int{3}, many("a", 3, "s", 1)), "AGREED: 3 up, 1 suspect", warning},
		{"one left", clusterOf([]int{3}, many("a", 3, "l", 1)), "AGREED: 3 up, 1 left", good},
		{"two hang", clusterOf([]int{2, 3}, view{[]int{0, 1}, "aaaa"}), "AGREED: 2 up, 2 not answering", warning},
		{"all of that", clusterOf([]int{1, 2, 3, 4}, view{[]int{0}, "aasfl"}), "AGREED: 1 up, 1 suspect, 1 not answering, 1 faulty, 1 left", bad},
		{"a change spreads", clusterOf(nil, view{[]int{0, 1}, "aaa"}, view{[]int{2}, "aas"}), "SPREADING, 2 views: 2 up, 1 suspect", warning},
		{"a split", clusterOf(nil, leftSide, rightSide), "SPLIT into 2 sides of 2 | 2 nodes: 4 up", bad},
		{"nothing but who left", clusterOf(nil, view{[]int{0, 1}, "ll"}), "AGREED: 0 up, 2 left", good},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newStage(t, newTopPage(theme{true}, 0), 80, 24)
			s.saw(0, test.cluster)
			s.expect("\n " + test.want + "\n")
			word, _, _ := strings.Cut(strings.NewReplacer(":", " ", ",", " ").Replace(test.want), " ")
			if got, want := s.styleAt(word), (theme{true}).style(test.tone); got != want {
				t.Errorf("%s has style %v, want %v", word, got, want)
			}
		})
	}
}

// The chosen row is in reverse, and its statuses have the colours of all others.
func TestTheChosenRowKeepsItsColours(t *testing.T) {
	s := newStage(t, newTopPage(theme{true}, 0), 80, 24)
	s.saw(0, clusterOf(nil, leftSide, rightSide))
	for text, want := range map[string]tcell.Color{
		"127.0.0.1:3000   alive": tcell.ColorDefault, "alive": tcell.PaletteColor(2), "faulty": tcell.PaletteColor(1),
	} {
		letters, background, attributes := s.styleAt(text).Decompose()
		if letters != want || background != tcell.ColorDefault || attributes&tcell.AttrReverse == 0 {
			t.Errorf("%s: letters %v, background %v, attributes %b", text, letters, background, attributes)
		}
	}
	s.keys("↓")
	if _, _, attributes := s.styleAt("127.0.0.1:3000   alive").Decompose(); attributes&tcell.AttrReverse != 0 {
		t.Error("a row that is not chosen any more is in reverse")
	}
}

// renamed returns a cluster in which members have other addresses.
func renamed(c *admin.Cluster, name func(i int) wire.Address) *admin.Cluster {
	names := map[wire.Address]wire.Address{}
	for i := range 1000 {
		names[address(i)] = name(i)
	}
	done := map[*wire.Stats]bool{}
	for i := range c.Nodes {
		n := &c.Nodes[i]
		n.Address = names[n.Address]
		if n.Stats == nil || done[n.Stats] {
			continue
		}
		done[n.Stats] = true
		members := n.Stats.Membership.Members
		for j := range members {
			members[j].Address = names[members[j].Address]
		}
		slices.SortFunc(members, func(a, b wire.Member) int { return admin.CompareAddresses(a.Address, b.Address) })
	}
	return c
}

func TestAddressesAreInTheOrderOfTheirNumbers(t *testing.T) {
	s := newStage(t, newTopPage(theme{}, 0), 80, 24)
	s.saw(0, renamed(clusterOf([]int{7, 8, 9}, view{[]int{0, 1, 2, 3, 4, 5, 6}, "aaaaaaaaaa"}), func(i int) wire.Address {
		return wire.Address(fmt.Sprintf("10.0.0.%d:%d", 1+i%2*9, 9000+i*500))
	}))
	var got []string
	for _, row := range s.rows() {
		got = append(got, strings.Fields(row)[0])
	}
	want := []string{
		"10.0.0.1:9000", "10.0.0.1:10000", "10.0.0.1:11000", "10.0.0.1:12000", "10.0.0.1:13000",
		"10.0.0.10:9500", "10.0.0.10:10500", "10.0.0.10:11500", "10.0.0.10:12500", "10.0.0.10:13500",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	s.expect("3 unreachable from here: 10.0.0.1:13000 (")
}

// All of the help can be read on a small terminal, and no key in it ends the program.
func TestHelpScrollsOnASmallTerminal(t *testing.T) {
	for name, p := range map[string]page{"top": newTopPage(theme{}, 0), "watch": newWatchPage(theme{})} {
		s := newStage(t, p, small[0], small[1])
		s.saw(0, clusterOf(nil, together))
		s.keys("?")
		var all strings.Builder
		for range 50 {
			all.WriteString(s.text())
			s.keys("↓")
		}
		for _, text := range []string{" Keys\n", " d            append", " Verdict\n", " STALE ", " The strip has the most sides there were in ten seconds.\n"} {
			if !strings.Contains(all.String(), text) {
				t.Errorf("%s: the help does not come to %q", name, text)
			}
		}
		if strings.Contains(all.String(), "…\n") {
			t.Errorf("%s: a line of the help is cut off:\n%s", name, all.String())
		}
		if !p.key(tcell.NewEventKey(tcell.KeyRune, 'q', tcell.ModNone)) {
			t.Errorf("%s: q in the help is left to the session, which ends", name)
		}
		if text := s.text(); strings.Contains(text, " Keys\n") {
			t.Errorf("%s: q does not end the help:\n%s", name, text)
		}
	}
}

// Views are not sides: while a change spreads there is one, however many views there are.
func TestWatchCountsSides(t *testing.T) {
	s := newStage(t, newWatchPage(theme{}), 80, 24)
	var views []view
	for i := range 81 {
		members := []byte(strings.Repeat("a", 81))
		members[(i+1)%81] = 's'
		views = append(views, view{[]int{i}, string(members)})
	}
	s.saw(0, clusterOf(nil, views...))
	s.expect(" SPREADING, 81 views: 0 up, 81 suspect\n", "  now 1\n", "\n P1   81 views         81      81         0        0   127.0.0.1:3000\n")
	if strings.Contains(s.text(), "P2") {
		t.Errorf("more than one side:\n%s", s.text())
	}
	s = newStage(t, newWatchPage(theme{}), small[0], small[1])
	s.saw(time.Second, clusterOf(nil, leftSide, view{[]int{2}, "ffaf"}, view{[]int{3}, "fffa"}))
	s.expect(" SPLIT into 3 sides of 2 | 1 | 1 nodes: 4 up\n", "  now 3\n", "\n P1 ", "\n P2 ", "\n and 1 more\n", "SPLIT into 2 | 1 | 1; 3002, 3003 cut off\n")
}

// A node that knows no other member, but that the others ping, is a side of its own.
func TestWatchExplainsIslands(t *testing.T) {
	s := newStage(t, newWatchPage(theme{}), 80, 24)
	s.saw(0, clusterOf(nil, view{[]int{0, 1, 2}, "aaaa"}, view{[]int{3}, "---a"}))
	s.expect(" SPLIT into 2 sides of 3 | 1 nodes: 4 up\n", "\n P2   known one way only: it has just started, or is an island.")
}

// The timeline names who went and who came back, as many as fit.
func TestTimelineNamesWhoWentAndWhoCameBack(t *testing.T) {
	s := newStage(t, newWatchPage(theme{}), 80, 30)
	all := []int{}
	for i := range 16 {
		all = append(all, i)
	}
	s.saw(0, clusterOf(nil, many("a", 20)))
	s.saw(time.Second, clusterOf(all, view{[]int{16, 17, 18, 19}, strings.Repeat("a", 20)}))
	s.saw(time.Second, clusterOf(all, view{[]int{16, 17}, strings.Repeat("s", 16) + "aaaa"}, view{[]int{18, 19}, strings.Repeat("a", 20)}))
	s.saw(time.Second, clusterOf(all, many("s", 16, "a", 4)))
	s.saw(time.Second, clusterOf(all, many("f", 16, "a", 4)))
	s.saw(5*time.Second, clusterOf(all[2:], many("a", 2, "f", 14, "a", 4)))
	s.saw(time.Second, clusterOf([]int{2}, many("a", 2, "f", 1, "a", 17)))
	s.saw(time.Second, clusterOf([]int{19}, many("a", 2, "-", 1, "a", 16, "l", 1, "a", 1)))
	s.saw(time.Second, clusterOf(nil, many("a", 2, "-", 1, "a", 10, "f", 8), many("f", 2, "-", 1, "f", 10, "a", 8)))
	s.saw(9*time.Second, clusterOf(nil, many("a", 2, "-", 1, "a", 18)))
	s.saw(time.Second, clusterOf([]int{20}, view{many("a", 2, "-", 1, "a", 17).nodes, strings.Repeat("a", 2) + "-" + strings.Repeat("a", 17) + "s"}))
	s.saw(time.Second, clusterOf(nil, many("a", 2, "-", 1, "a", 18)))
	s.golden("watch-names")
	s.screen.SetSize(small[0], 26)
	s.golden("watch-names-small")
}

// A heal names all members that came back, whether or not they did so one by one, and
// also when a change spreads before all agree.
func TestTimelineNamesWhoCameBackByAHeal(t *testing.T) {
	s := newStage(t, newWatchPage(theme{}), 80, 24)
	s.saw(0, clusterOf(nil, together))
	s.saw(time.Second, clusterOf(nil, leftSide, rightSide))
	s.saw(18*time.Second, clusterOf(nil, leftSide, view{[]int{2}, "ffaa"}, view{[]int{3}, "ffsa"}))
	s.expect("  SPLIT into 2 | 2; 3003 cut off; 3002 became suspect\n")
	s.saw(time.Second, clusterOf(nil, view{[]int{0, 1, 2}, "aaaf"}, view{[]int{3}, "fffa"}))
	s.saw(time.Second, clusterOf(nil, leftSide, view{[]int{2, 3}, "aaaa"}))
	s.saw(2*time.Second, clusterOf(nil, together))
	s.expect("  HEALED after 22s: 4 up; 3002, 3003 came back\n", "  SPLIT into 2 | 2; 3002, 3003 cut off\n")
}
