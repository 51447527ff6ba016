//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress is the line that says what happens now. On a terminal it is written over
// itself; elsewhere there is a new one every now and then.
type progress struct {
	mu       sync.Mutex
	to       io.Writer
	terminal bool
	silent   bool
	prefix   string // of a run of several
	written  bool   // there is a line on the terminal
	last     time.Time
	text     string
}

// progressEvery is how often there is a line where there is no terminal.
const progressEvery = 15 * time.Second

// eagerProgress is a variable of the environment that has all lines written, for tests.
const eagerProgress = "RINGMEND_LAB_EAGER"

func newProgress(to io.Writer, silent bool) *progress {
	f, isFile := to.(*os.File)
	return &progress{to: to, silent: silent, terminal: isFile && term.IsTerminal(int(f.Fd()))}
}

// The manners of progress, as the process in the namespaces is told.
const (
	onTerminal = "terminal"
	inLines    = "lines"
	silently   = "quiet"
)

func (p *progress) manner() string {
	switch {
	case p.silent:
		return silently
	case p.terminal:
		return onTerminal
	}
	return inLines
}

// maxProgress is how much of a line is shown: one that wraps cannot be written over.
const maxProgress = 78

func (p *progress) tell(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent || text == p.text {
		return
	}
	text = p.prefix + text
	if p.terminal {
		runes := []rune(text)
		fmt.Fprintf(p.to, "\r\x1b[K%s", string(runes[:min(len(runes), maxProgress)]))
		p.written = true
	} else if time.Since(p.last) >= progressEvery || os.Getenv(eagerProgress) != "" {
		fmt.Fprintln(p.to, text)
		p.last = time.Now()
	}
	p.text = text
}

// end clears the line.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.written {
		fmt.Fprint(p.to, "\r\x1b[K")
		p.written = false
	}
}
