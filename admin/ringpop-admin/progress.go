package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/ringmend/ringmend/admin/render"
)

const (
	// progressAfter is how long a look takes before a person wonders.
	progressAfter = time.Second
	// progressEvery bounds how often a bar is drawn.
	progressEvery = 100 * time.Millisecond
)

// progressBar shows how far a look has come, in one line of a terminal.
type progressBar struct {
	terminal io.Writer // nil: there is none
	next     time.Time // when the bar may be drawn again
	drawn    bool
}

func newProgressBar(w io.Writer) *progressBar {
	bar := &progressBar{next: time.Now().Add(progressAfter)}
	if isTerminal(w) {
		bar.terminal = w
	}
	return bar
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (b *progressBar) show(asked, known int) {
	now := time.Now()
	if b.terminal == nil || now.Before(b.next) {
		return
	}
	b.next, b.drawn = now.Add(progressEvery), true
	fmt.Fprintf(b.terminal, "\r%s\x1b[K", render.Progress(asked, known))
}

// clear removes the bar; the next output starts at the left margin.
func (b *progressBar) clear() {
	if b.drawn {
		fmt.Fprint(b.terminal, "\r\x1b[K")
	}
}
