package screen

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/internal/await"
)

const stamp = "[3002] 10:27:09.615 "

// follow returns what is shown of an output that is written in these pieces.
func follow(t *testing.T, interactive bool, pieces ...string) string {
	t.Helper()
	s, out, _ := testScreen(interactive)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		defer w.Close()
		for _, p := range pieces {
			if _, err := io.WriteString(w, p); err != nil {
				t.Error(err)
			}
		}
	}()
	s.Follow("3002", r)
	return out.String()
}

func TestFollowShowsLineByLine(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for _, test := range []struct {
		name   string
		pieces []string
		want   []string
	}{
		{"lines", []string{"a\nb\n"}, []string{"a", "b"}},
		{"pieces of lines", []string{"a", "b\nc", "d", "\n"}, []string{"ab", "cd"}},
		{"an empty line", []string{"a\n\nb\n"}, []string{"a", "", "b"}},
		{"no end of line", []string{"a\nb"}, []string{"a", "b"}},
		{"ends of line of other systems", []string{"a\r\n"}, []string{"a"}},
		{"bytes that are no text", []string{"\x00\xff\n"}, []string{`\x00\xff`}},
		{"a line as long as can be", []string{long + "\n"}, []string{long}},
		{"a longer one is broken", []string{long + "y\n"}, []string{long, "y"}},
		{"no end of line in sight", []string{long, long, "z"}, []string{long, long, "z"}},
		{"nothing", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want strings.Builder
			for _, line := range test.want {
				want.WriteString(stamp + line + "\n")
			}
			same(t, follow(t, true, test.pieces...), want.String())
		})
	}
}

func TestAFloodIsCountedOnATerminal(t *testing.T) {
	flood := strings.Repeat("spam\n", 50_000)
	got := follow(t, true, flood)
	if n := strings.Count(got, "spam"); n != lineBurst {
		t.Errorf("%d lines shown, want %d", n, lineBurst)
	}
	last := fmt.Sprintf("%s(%d lines left out: too fast for a screen)\n", stamp, 50_000-lineBurst)
	if !strings.HasSuffix(got, last) {
		t.Errorf("the end is %q, want %q", got[len(got)-100:], last)
	}
}

func TestAFloodIsKeptWholeInAFile(t *testing.T) {
	got := follow(t, false, strings.Repeat("spam\n", 50_000))
	if n := strings.Count(got, "spam"); n != 50_000 {
		t.Errorf("%d lines kept, want all 50000", n)
	}
}

func TestLinesAreShownAgainAfterAFlood(t *testing.T) {
	s, out, c := testScreen(true)
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Follow("3002", ours)
	}()
	write := func(text string) {
		t.Helper()
		if _, err := io.WriteString(theirs, text); err != nil {
			t.Fatal(err)
		}
	}
	write(strings.Repeat("spam\n", lineBurst+7))
	// The count comes without another line.
	waitFor(t, func() bool { return strings.Contains(out.String(), "(7 lines left out") })
	c.advance(time.Second)
	write("calm\n")
	waitFor(t, func() bool { return strings.Contains(out.String(), "calm\n") })
	theirs.Close()
	<-done
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	await.True(t, await.Patience, "a condition", ok)
}

// Nothing of an output is lost, whatever is in it, and no control character gets
// through.
func FuzzFollow(f *testing.F) {
	f.Add([]byte("a\nb"), 1)
	f.Add([]byte("\x1b[2J\r\n\xff\x00"), 3)
	f.Add([]byte("a line that is too long\r\r\nand another\n"), 20)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		s, out, _ := testScreen(false)
		const longest = 12
		fo := follower{screen: s, who: "3002", longest: longest}
		cut = min(max(cut, 0), len(data))
		rest := fo.split(bytes.Clone(data[:cut]))
		rest = fo.split(append(rest, data[cut:]...))
		if len(rest) > longest {
			t.Fatalf("%d bytes are kept", len(rest))
		}
		var want strings.Builder
		for line := range strings.SplitAfterSeq(string(data[:len(data)-len(rest)]), "\n") {
			line, whole := strings.CutSuffix(line, "\n")
			for len(line) > longest {
				want.WriteString(clean(line[:longest]))
				line = line[longest:]
			}
			if whole {
				line = strings.TrimSuffix(line, "\r")
			}
			want.WriteString(clean(line))
		}
		got := strings.ReplaceAll(strings.ReplaceAll(out.String(), stamp, ""), "\n", "")
		same(t, got, want.String())
		if strings.ContainsFunc(got, unprintable) {
			t.Fatalf("%q gets through", got)
		}
	})
}

func TestATailKeepsTheLastLines(t *testing.T) {
	s, out, _ := testScreen(true)
	var told []string
	s.Observe(func(who string, fromProgram bool, text string) {
		told = append(told, fmt.Sprint(who, fromProgram, " ", text))
	})
	r, w := net.Pipe()
	go func() {
		for i := range 7 {
			fmt.Fprintf(w, "line %d\n", i)
		}
		w.Close()
	}()
	var tail Tail
	tail.Keep(s, "3000", r)
	same(t, out.String(), "")
	if len(told) != 7 || told[6] != "3000true line 6" {
		t.Errorf("told %q, want all lines", told)
	}
	tail.Show(s, "3000")
	tail.Show(s, "3000") // once
	var want strings.Builder
	for i := 2; i < 7; i++ {
		fmt.Fprintf(&want, "[3000] 10:27:09.615 line %d\n", i)
	}
	same(t, out.String(), want.String())
}

func TestAnObserverIsToldEverything(t *testing.T) {
	s, _, _ := testScreen(false)
	var told []string
	s.Observe(func(who string, fromProgram bool, text string) {
		told = append(told, fmt.Sprintf("%s|%v|%s", who, fromProgram, text))
	})
	s.Log("3001", "killed, pid %d", 12)
	s.Print("two\nlines\n")
	s.Print("")
	if diff := cmp.Diff([]string{"3001|false|killed, pid 12", "|false|two\nlines"}, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
