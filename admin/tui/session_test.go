package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/internal/await"
)

// patience is how long a session gets for what it is waited for.
const patience = await.Patience

// terminal is a simulated terminal whose content can be read while a session
// draws on it.
type terminal struct {
	tcell.SimulationScreen
	mu   sync.Mutex
	text string
}

func newTerminal() *terminal {
	return &terminal{SimulationScreen: tcell.NewSimulationScreen("UTF-8")}
}

func (s *terminal) Show() {
	s.SimulationScreen.Show()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = textOf(s.SimulationScreen)
}

func (s *terminal) content() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text
}

func (s *terminal) await(t *testing.T, text string) {
	t.Helper()
	await.Until(t, patience, func() string {
		content := s.content()
		if strings.Contains(content, text) {
			return ""
		}
		return fmt.Sprintf("%q; on the screen:\n%s", text, content)
	})
}

func (s *terminal) press(keys string) {
	for _, r := range keys {
		s.InjectKey(tcell.KeyRune, r, tcell.ModNone)
	}
}

// started is a session that runs.
type started struct {
	*terminal
	ended chan error
}

func begin(t *testing.T, ctx context.Context, show func(context.Context, tcell.Screen, Options) error, o Options) started {
	s := started{newTerminal(), make(chan error, 1)}
	go func() { s.ended <- show(ctx, s.terminal, o) }()
	return s
}

func (s started) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-s.ended:
		return err
	case <-time.After(patience):
		t.Fatalf("the session does not end; on the screen:\n%s", s.content())
		return nil
	}
}

func TestSessionFollowsTheCluster(t *testing.T) {
	var looks atomic.Int32
	var now atomic.Pointer[admin.Cluster]
	now.Store(clusterOf(nil, together))
	s := begin(t, t.Context(), Top, Options{
		Title: "top", Every: MinEvery,
		Look: func(context.Context, func(asked, known int)) (*admin.Cluster, error) {
			looks.Add(1)
			return now.Load(), nil
		},
		Dump: func(c *admin.Cluster, _ time.Time) (string, error) {
			if len(c.Nodes) != 4 {
				return "", errors.New("another cluster")
			}
			return "some.dump", nil
		},
	})
	s.await(t, "AGREED")
	s.press("d")
	s.await(t, "Dumped to some.dump")
	now.Store(clusterOf(nil, leftSide, rightSide))
	s.await(t, "SPLIT into 2 sides of 2 | 2 nodes: 4 up")

	s.press(" ")
	s.await(t, "PAUSED\n") // and no look is going on
	before := looks.Load()
	now.Store(clusterOf(nil, together))
	s.press("2")
	s.await(t, "[P2]")
	time.Sleep(5 * MinEvery) // gives a look that must not happen time to happen
	if n := looks.Load() - before; n > 0 {
		t.Errorf("%d looks while paused", n)
	}
	s.press("r")
	s.await(t, "AGREED")
	s.await(t, "[All]") // there is no P2 any more
	s.press(" ")
	s.await(t, "every")
	s.press("+")
	s.await(t, "every 1.1s")

	s.SetSize(40, 10)
	if err := s.PostEvent(tcell.NewEventResize(40, 10)); err != nil {
		t.Fatal(err)
	}
	s.press("q")
	if err := s.end(t); err != nil {
		t.Error(err)
	}
}

func TestSessionFailsWithItsFirstLookOnly(t *testing.T) {
	broken := errors.New("no node is there")
	s := begin(t, t.Context(), Watch, Options{
		Every: MinEvery,
		Look:  func(context.Context, func(asked, known int)) (*admin.Cluster, error) { return nil, broken },
	})
	if err := s.end(t); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}

	var looks atomic.Int32
	s = begin(t, t.Context(), Watch, Options{
		Every: MinEvery,
		Look: func(context.Context, func(asked, known int)) (*admin.Cluster, error) {
			if looks.Add(1) == 2 {
				return nil, broken
			}
			return clusterOf(nil, together), nil
		},
	})
	s.await(t, "no answer") // in the timeline, after the look that came next
	s.InjectKey(tcell.KeyCtrlC, 0, tcell.ModCtrl)
	if err := s.end(t); err != nil {
		t.Error(err)
	}
}

// A look that hangs does not keep the session from ending, nor from taking keys.
func TestSessionEndsWhileItLooks(t *testing.T) {
	hang := func(ctx context.Context, _ func(asked, known int)) (*admin.Cluster, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	s := begin(t, t.Context(), Top, Options{Every: MinEvery, Look: hang})
	s.await(t, "looking…")
	s.press("?")
	s.await(t, "Keys")
	s.press("qq")
	if err := s.end(t); err != nil {
		t.Error(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	s = begin(t, ctx, Watch, Options{Every: MinEvery, Look: hang})
	s.await(t, "looking…")
	cancel()
	if err := s.end(t); err != nil {
		t.Error(err)
	}
}

// A slow look shows its progress.
func TestSessionShowsProgress(t *testing.T) {
	slow := func(ctx context.Context, report func(asked, known int)) (*admin.Cluster, error) {
		for ctx.Err() == nil {
			report(12, 1000)
			time.Sleep(10 * time.Millisecond) // paces the reports
		}
		return nil, ctx.Err()
	}
	s := begin(t, t.Context(), Top, Options{Every: MinEvery, Look: slow})
	s.await(t, "looking…")
	s.await(t, "asked 12 of 1000")
	s.press("q")
	if err := s.end(t); err != nil {
		t.Error(err)
	}
}

// brokenTerminal cannot be used.
type brokenTerminal struct{ tcell.SimulationScreen }

func (brokenTerminal) Init() error { return errors.New("no such terminal") }

func TestSessionWithoutATerminal(t *testing.T) {
	err := Top(t.Context(), brokenTerminal{}, Options{})
	if err == nil || !strings.Contains(err.Error(), "no such terminal") {
		t.Errorf("got %v", err)
	}
}
