package screen

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/internal/await"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func testScreen(interactive bool) (*Screen, *await.Buffer, *clock) {
	out := &await.Buffer{}
	c := &clock{now: time.Date(2026, 1, 2, 10, 27, 9, 615e6, time.Local)}
	s := New(out, interactive)
	s.now = c.Now
	return s, out, c
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLogPutsNameAndTimeInFront(t *testing.T) {
	s, out, _ := testScreen(false)
	s.Log("3002", "exit code %d", 3)
	same(t, out.String(), "[3002] 10:27:09.615 exit code 3\n")
}

func TestThePromptStaysBelowTheLines(t *testing.T) {
	s, out, _ := testScreen(true)
	s.Prompt("kill count: 1")
	s.Log("3002", "hello")
	s.Prompt("kill count: 12")
	s.Prompt("")
	s.Print("done")
	same(t, out.String(), "\r\x1b[Kkill count: 1"+
		"\r\x1b[K[3002] 10:27:09.615 hello\nkill count: 1"+
		"\r\x1b[Kkill count: 12"+
		"\r\x1b[K"+
		"done\n")
}

func TestNoPromptsInAFile(t *testing.T) {
	s, out, _ := testScreen(false)
	s.Prompt("kill count: ")
	s.Print("a\nb\n")
	s.Print("")
	same(t, out.String(), "a\nb\n")
}

func TestLinesThatMeetAreNotMixed(t *testing.T) {
	s, out, _ := testScreen(false)
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			for range 50 {
				s.Log(fmt.Sprint(i), "%s", strings.Repeat(fmt.Sprint(i), 40))
			}
		})
	}
	wg.Wait()
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 500 {
		t.Errorf("%d lines, want 500", len(lines))
	}
	for _, line := range lines {
		who := line[1:2]
		if want := fmt.Sprintf("[%s] 10:27:09.615 %s", who, strings.Repeat(who, 40)); line != want {
			t.Fatalf("got %q, want %q", line, want)
		}
	}
}

type brokenWriter struct{ writes int }

func (b *brokenWriter) Write([]byte) (int, error) {
	b.writes++
	return 0, errors.New("broken pipe")
}

func TestAnOutputThatFailsIsReportedOnce(t *testing.T) {
	out := &brokenWriter{}
	s := New(out, true)
	select {
	case <-s.Failed():
		t.Fatal("failed before anything was written")
	default:
	}
	s.Print("a")
	s.Print("b")
	<-s.Failed()
	if out.writes != 1 || s.Err() == nil {
		t.Errorf("%d writes, error %v", out.writes, s.Err())
	}
}

func TestCleanLeavesTextOnly(t *testing.T) {
	for line, want := range map[string]string{
		"plain, with ünïcode 世界": "plain, with ünïcode 世界",
		"a\tb":                   "a\tb",
		"\x1b[31mred\x1b[0m":     "red",
		"\x1b[2J\x1b[H":          `\x1b[2J\x1b[H`,
		"a\rb\a":                 `a\x0db\x07`,
		"\xff\x00":               `\xff\x00`,
		"\u009b2J":               `\x9b2J`,
	} {
		same(t, clean(line), want)
	}
}
