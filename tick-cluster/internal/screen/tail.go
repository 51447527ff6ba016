package screen

import "sync"

// tailLines is how many lines a tail keeps: what a program says of its end.
const tailLines = 5

// Tail keeps the last lines of a program that are not shown. The zero value is
// ready, and safe for concurrent use.
type Tail struct {
	mu    sync.Mutex
	lines []string
}

// Keep reads what comes from src as [Screen.Follow] does, but keeps the last lines
// in place of showing all. An [Observer] is told nevertheless.
func (t *Tail) Keep(s *Screen, who string, src Source) {
	s.follow(&follower{screen: s, who: who, longest: maxLine, tail: t}, src)
}

func (t *Tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lines) == tailLines {
		t.lines = append(t.lines[:0], t.lines[1:]...)
	}
	t.lines = append(t.lines, line)
}

// Show shows what was kept, and forgets it.
func (t *Tail) Show(s *Screen, who string) {
	t.mu.Lock()
	lines := t.lines
	t.lines = nil
	t.mu.Unlock()
	for _, line := range lines {
		s.line(who, line)
	}
}
