package output

import (
	"fmt"
	"io"
	"sync"
)

// Writer passes everything on, and remembers the first error. It still tries later writes:
// a program that prints something every second should go on when the disk has room
// again. It is safe for concurrent use.
type Writer struct {
	mu  sync.Mutex
	to  io.Writer
	err error
}

// New returns a Writer to the output of a program.
func New(to io.Writer) *Writer { return &Writer{to: to} }

// Write implements io.Writer.
func (w *Writer) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.to.Write(data)
	if w.err == nil {
		w.err = err
	}
	return n, err
}

// Check returns err, the error of the program, or else that of writing: only the first
// failure is reported. The error wraps that of the output.
func (w *Writer) Check(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil || w.err == nil {
		return err
	}
	return fmt.Errorf("writing the output: %w", w.err)
}
