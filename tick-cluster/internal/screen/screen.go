package screen

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Screen writes whole lines, each under one lock and with one call of Write. It
// is safe for concurrent use.
type Screen struct {
	interactive bool
	observe     Observer // nil for none
	now         func() time.Time

	mu     sync.Mutex
	out    io.Writer
	prompt string
	failed chan struct{} // closed at the first failed write
	err    error
}

// Observer is told each line, in addition to its being shown: of a program or of
// a source, or text without one (who is empty). It is called from many
// goroutines.
type Observer func(who string, fromProgram bool, text string)

// Observe sets the observer. It must be called before anything is shown.
func (s *Screen) Observe(o Observer) { s.observe = o }

func (s *Screen) told(who string, fromProgram bool, text string) {
	if s.observe != nil {
		s.observe(who, fromProgram, text)
	}
}

// New returns a screen on out. Prompts are shown only on an interactive one,
// which must understand the escape sequence that clears a line.
func New(out io.Writer, interactive bool) *Screen {
	return &Screen{out: out, interactive: interactive, now: time.Now, failed: make(chan struct{})}
}

// Interactive reports whether the screen shows prompts.
func (s *Screen) Interactive() bool { return s.interactive }

// Log writes "[who] 15:04:05.000 text" and the end of the line.
func (s *Screen) Log(who, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.told(who, false, text)
	s.line(who, text)
}

func (s *Screen) line(who, text string) {
	s.emit(fmt.Sprintf("[%s] %s %s\n", who, s.now().Format("15:04:05.000"), clean(text)))
}

// Print writes lines as they are. The end of the last one may be left out. An
// empty text writes nothing.
func (s *Screen) Print(text string) {
	if text == "" {
		return
	}
	text = strings.TrimSuffix(text, "\n")
	s.told("", false, text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = clean(line)
	}
	s.emit(strings.Join(lines, "\n") + "\n")
}

func (s *Screen) emit(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.prompt != "" {
		text = clearLine + text + s.prompt
	}
	s.write(text)
}

// Prompt shows an unfinished line below all others until it is called again. An
// empty one takes it away.
func (s *Screen) Prompt(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.interactive || line == s.prompt {
		return
	}
	s.prompt = line
	s.write(clearLine + line)
}

// clearLine goes to the start of the line and clears it.
const clearLine = "\r\x1b[K"

func (s *Screen) write(text string) {
	if s.err != nil {
		return
	}
	if _, s.err = io.WriteString(s.out, text); s.err != nil {
		close(s.failed)
	}
}

// Failed returns a channel that is closed when the output cannot be written to
// any more, because its reader has gone for example.
func (s *Screen) Failed() <-chan struct{} { return s.failed }

// Err returns why the output failed, nil while it did not.
func (s *Screen) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}
