package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/tchan"
)

// follow keeps running when the node that was named dies, and drops members that
// no node lists any more.
func TestFollowOutlivesTheNodesThatWereNamed(t *testing.T) {
	nodes := pair()
	p := &program{timeout: defaultTimeout, connect: func(tchan.Options) (connection, error) { return nodes, nil }}
	where, err := admin.ParseDiscoveries([]string{"127.0.0.1:3000"})
	if err != nil {
		t.Fatal(err)
	}
	look := p.follow(where)
	asked := func() []string {
		t.Helper()
		cluster, err := look(t.Context(), func(int, int) {})
		if err != nil {
			t.Fatal(err)
		}
		var addresses []string
		for _, n := range cluster.Nodes {
			addresses = append(addresses, string(n.Address))
		}
		return addresses
	}
	asked()
	delete(nodes.stats, "127.0.0.1:3000")
	if diff := cmp.Diff([]string{"127.0.0.1:3000", "127.0.0.1:3001"}, asked()); diff != "" {
		t.Error(diff)
	}
	nodes.set("127.0.0.1:3000", stats(7, "127.0.0.1:3000"))
	delete(nodes.stats, "127.0.0.1:3001")
	asked()
	if diff := cmp.Diff([]string{"127.0.0.1:3000"}, asked()); diff != "" {
		t.Error(diff)
	}
}

// A screen is left with q, after which the terminal is given back.
func TestScreensRunInATerminal(t *testing.T) {
	dump := filepath.Join(t.TempDir(), "dump")
	for args, rate := range map[string]string{
		"top -d " + dump + " 127.0.0.1:3000":             ", every 2s ", // which is the default
		"top -r 100 -p 5 -d " + dump + " 127.0.0.1:3000": ", every 100ms ",
		"watch -w 0.1 -d " + dump + " 127.0.0.1:3000":    ", every 100ms ",
	} {
		screen := tcell.NewSimulationScreen("UTF-8")
		nodes := pair()
		var stderr strings.Builder
		var seen string
		p := &program{
			stdout: io.Discard, stderr: &stderr,
			connect: func(tchan.Options) (connection, error) { return nodes, nil },
			newScreen: func() (tcell.Screen, error) {
				return typing{screen, "AGREED", "dq", &seen}, nil
			},
		}
		if code := p.run(t.Context(), strings.Fields(args)); code != 0 || !nodes.closed {
			t.Errorf("%s: exit code %d, %s", args, code, stderr.String())
		}
		if !strings.Contains(seen, rate) {
			t.Errorf("%s: no %q on the screen:\n%s", args, rate, seen)
		}
	}
	data, err := os.ReadFile(dump)
	if err != nil || strings.Count(string(data), `"nodeCount":2`) != 3 {
		t.Errorf("the dump is %s, %v", data, err)
	}
}

// typing is a terminal in which keys are pressed once a text is shown.
type typing struct {
	tcell.SimulationScreen
	text, keys string
	seen       *string // what was on the screen then
}

// Show implements tcell.Screen.
func (s typing) Show() {
	s.SimulationScreen.Show()
	cells, width, _ := s.GetContents()
	var text strings.Builder
	for i, c := range cells {
		if i%width == 0 {
			text.WriteByte('\n')
		}
		text.WriteString(string(c.Runes))
	}
	if strings.Contains(text.String(), s.text) {
		*s.seen = text.String()
		for _, key := range s.keys {
			s.InjectKey(tcell.KeyRune, key, tcell.ModNone)
		}
	}
}

func TestScreenThatCannotBeOpened(t *testing.T) {
	var stderr strings.Builder
	p := &program{
		stdout: io.Discard, stderr: &stderr,
		newScreen: func() (tcell.Screen, error) { return nil, os.ErrPermission },
	}
	if code := p.run(t.Context(), []string{"top", "127.0.0.1:3000"}); code != 1 || stderr.String() != "Error: using the terminal: permission denied\n" {
		t.Errorf("exit code %d, %s", code, stderr.String())
	}
}
