package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/ringmend/ringmend/integration/vector"
)

// progress shows how far the run is: a line that is written over on a terminal,
// a line for each run when that was asked for, and nothing otherwise.
type progress struct {
	w        io.Writer
	terminal bool
	verbose  bool
	bad      int
}

func newProgress(w io.Writer, verbose bool) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, verbose: verbose, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

const clearLine = "\r\x1b[K"

func (p *progress) show(r *vector.Result, done, total int) {
	if r.Bad() {
		p.bad++
	}
	if p.verbose {
		if p.terminal {
			fmt.Fprint(p.w, clearLine)
		}
		fmt.Fprintf(p.w, "%-7s %s n=%d %v %s\n", r.Outcome, r.Vector.Name, r.Size, r.Took.Round(time.Millisecond), r.Reason)
	}
	if p.terminal {
		fmt.Fprintf(p.w, "%s%d of %d, %d bad: %s n=%d", clearLine, done, total, p.bad, r.Vector.Name, r.Size)
	}
}

func (p *progress) end() {
	if p.terminal {
		fmt.Fprint(p.w, clearLine)
	}
}
