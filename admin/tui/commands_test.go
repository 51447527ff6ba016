package tui

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/gdamore/tcell/v2"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node/wire"
)

// given records orders.
type given struct {
	mu   sync.Mutex
	list []string
}

func (g *given) order(name string, key rune, question, result string, err error) Order {
	return Order{Name: name, Key: key, Question: question, Do: func(_ context.Context, member wire.Address) (string, error) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.list = append(g.list, name+" "+string(member))
		return result, err
	}}
}

func (g *given) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.Join(g.list, ", ")
}

// acting is a session about four nodes, two on each side of a split.
func acting(t *testing.T, orders ...Order) started {
	return begin(t, t.Context(), Top, Options{
		Title: "127.0.0.1:3000", Every: MinEvery, Orders: orders,
		Look: func(context.Context, func(asked, known int)) (*admin.Cluster, error) {
			return clusterOf(nil, leftSide, rightSide), nil
		},
		Brief: func(_ context.Context, nodes []wire.Address) (list []admin.Briefing) {
			for _, n := range nodes {
				list = append(list, admin.Briefing{Address: n, Brief: &wire.Brief{Resolver: "lost", Refuses: "fenced"}})
			}
			return list
		},
		Resolve: func(context.Context, *admin.Cluster) (string, error) { return " what resolvers think\n", nil },
	})
}

func (s started) special(key tcell.Key) { s.InjectKey(key, 0, tcell.ModNone) }

func (s started) quit(t *testing.T) {
	t.Helper()
	s.press("q")
	if err := s.end(t); err != nil {
		t.Error(err)
	}
}

// gone waits until a text is not on the screen any more.
func (s started) gone(t *testing.T, text string) {
	t.Helper()
	await.Until(t, patience, func() string {
		if content := s.content(); strings.Contains(content, text) {
			return "still " + text + ":\n" + content
		}
		return ""
	})
}

// Nothing that hurts is done without a yes to a question with the name of the node.
func TestActingAsksFirst(t *testing.T) {
	var g given
	s := acting(t, g.order("leave", 'l', "Take %s out?", "it has left", nil), g.order("join", 'j', "", "it is back", nil))
	s.await(t, "fenced")
	s.special(tcell.KeyDown)
	s.press("a")
	s.await(t, "l leave  j join  x explain  Esc nothing")
	s.press("l")
	s.await(t, "Take 127.0.0.1:3001 out?")
	s.press("n")
	s.gone(t, "Take")
	s.press("al")
	s.await(t, "Take")
	s.special(tcell.KeyEscape)
	s.gone(t, "Take")
	if g.String() != "" {
		t.Errorf("done without a yes: %s", &g)
	}
	s.press("aly")
	s.await(t, "leave 127.0.0.1:3001: it has left")
	s.press("aj")
	s.await(t, "join 127.0.0.1:3001: it is back")
	if want := "leave 127.0.0.1:3001, join 127.0.0.1:3001"; g.String() != want {
		t.Errorf("done: %s, want %s", &g, want)
	}
	s.press(":messages")
	s.special(tcell.KeyEnter)
	s.await(t, "it has left")
	s.quit(t)
}

// What went wrong stays on the screen, as a whole, until Escape.
func TestErrorsStayReadable(t *testing.T) {
	var g given
	why := errors.New("refused: " + strings.Repeat("because of this and that ", 5) + "\x1b[31m. The end")
	s := acting(t, g.order("evict", 'e', "", "", why))
	s.await(t, "fenced")
	s.press("ae")
	s.await(t, "The end")
	s.special(tcell.KeyDown)
	s.press("s")
	s.await(t, "by status")
	s.await(t, "evict 127.0.0.1:3000 failed: refused: because of this")
	if strings.Contains(s.content(), "\x1b") {
		t.Error("an escape sequence is on the screen")
	}
	s.special(tcell.KeyEscape)
	s.gone(t, "The end")
	s.quit(t)
}

// Commands lead from view to view in one program, and Escape back; each view stays as it was.
func TestCommandsAndBack(t *testing.T) {
	s := acting(t)
	s.await(t, "fenced")
	s.press("s1/300")
	s.special(tcell.KeyEnter)
	s.await(t, `with "300"`)
	command := func(text string) {
		s.press(":" + text)
		s.special(tcell.KeyEnter)
	}
	command("watch")
	s.await(t, "watch 127.0.0.1:3000")
	s.await(t, "Timeline")
	command("explain 127.0.0.1:3002")
	s.await(t, "explain 127.0.0.1:3002 127.0.0.1:3000")
	s.await(t, "127.0.0.1:3000   faulty")
	command("diff")
	s.await(t, "diff 127.0.0.1:3000 127.0.0.1:3002")
	s.await(t, "Incarnated (UTC)")
	command("resolve")
	s.await(t, "what resolvers think")
	s.special(tcell.KeyEscape)
	s.await(t, "diff 127.0.0.1:3000 127.0.0.1:3002")
	s.special(tcell.KeyEscape)
	s.special(tcell.KeyEscape)
	s.await(t, "Timeline")
	command("top")
	s.await(t, `with "300"`)
	s.await(t, "[P1]")
	s.await(t, "by status")
	command("nonsense")
	s.await(t, `no command "nonsense"`)
	s.special(tcell.KeyEscape)
	command("explain 10.0.0.1:99")
	s.await(t, "no node knows 10.0.0.1:99")
	command("diff 127.0.0.1:3000")
	s.await(t, "diff needs two members")
	s.special(tcell.KeyEscape)
	command("q")
	if err := s.end(t); err != nil {
		t.Error(err)
	}
}

// Tab completes commands and members, and goes through several; the arrows bring back what
// was typed before.
func TestCompletionAndHistory(t *testing.T) {
	s := acting(t)
	s.await(t, "fenced")
	s.press(":ex")
	s.special(tcell.KeyTab)
	s.await(t, " : explain\n")
	s.press("127")
	s.special(tcell.KeyTab)
	s.await(t, " : explain 127.0.0.1:3000")
	s.special(tcell.KeyTab)
	s.await(t, " : explain 127.0.0.1:3001")
	s.special(tcell.KeyEnter)
	s.await(t, "explain 127.0.0.1:3001 127.0.0.1:3000")
	s.press(":watch")
	s.special(tcell.KeyEnter)
	s.await(t, "Timeline")
	s.press(":to")
	s.special(tcell.KeyUp)
	s.special(tcell.KeyUp)
	s.await(t, " : explain 127.0.0.1:3001")
	s.special(tcell.KeyDown)
	s.await(t, " : watch")
	s.special(tcell.KeyDown)
	s.await(t, " : to\n")
	s.special(tcell.KeyEscape)
	s.gone(t, " : to")
	s.quit(t)
}

// Orders and texts that hang keep the session neither from taking keys nor from ending.
func TestSessionEndsWhileAnOrderHangs(t *testing.T) {
	hang := func(ctx context.Context, _ wire.Address) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	}
	s := begin(t, t.Context(), Top, Options{
		Every: MinEvery, Orders: []Order{{Name: "leave", Key: 'l', Do: hang}},
		Look: func(context.Context, func(asked, known int)) (*admin.Cluster, error) {
			return clusterOf(nil, together), nil
		},
		Brief: func(ctx context.Context, _ []wire.Address) []admin.Briefing {
			<-ctx.Done()
			return nil
		},
		Resolve: func(ctx context.Context, _ *admin.Cluster) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		},
	})
	s.await(t, "AGREED")
	s.press("al")
	s.await(t, "leave 127.0.0.1:3000…")
	s.press(":resolve")
	s.special(tcell.KeyEnter)
	s.await(t, "Asking…")
	s.special(tcell.KeyEscape)
	s.press("s")
	s.await(t, "by status")
	s.quit(t)
}

func TestWrappedTexts(t *testing.T) {
	for _, width := range []int{0, 10, 20, 79} {
		for _, l := range wrap("one two three "+strings.Repeat("x", 100)+"\nfour", width, bad) {
			if l.width() > max(width, 10)+1 {
				t.Errorf("%d cells in %d: %q", l.width(), width, l.String())
			}
		}
	}
}

// A line that is scrolled keeps its margin and its tones.
func TestScrolledLines(t *testing.T) {
	l := coloured(" 127.0.0.1:3000   faulty   1")
	if got := l.from(10).String(); got != " 3000   faulty   1" {
		t.Errorf("%q", got)
	}
	if l[1] != (span{"faulty", bad}) {
		t.Errorf("%+v", l)
	}
}
