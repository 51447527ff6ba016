package output

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
)

var errFull = errors.New("no space left")

// disk takes so many bytes.
type disk struct {
	bytes.Buffer
	room int
}

func (d *disk) Write(data []byte) (int, error) {
	n := min(len(data), d.room)
	d.room -= n
	d.Buffer.Write(data[:n])
	if n < len(data) {
		return n, errFull
	}
	return n, nil
}

func TestTheFirstErrorIsRemembered(t *testing.T) {
	d := &disk{room: 5}
	w := New(d)
	// As programs do that do not look.
	fmt.Fprint(w, "abc\n")
	fmt.Fprint(w, "def\n")
	d.room = 100
	fmt.Fprint(w, "ghi\n")
	if err := w.Check(nil); !errors.Is(err, errFull) || err.Error() != "writing the output: no space left" {
		t.Errorf("got %v", err)
	}
	if d.String() != "abc\ndghi\n" {
		t.Errorf("written %q", d.String())
	}
	if err := w.Check(io.EOF); err != io.EOF {
		t.Errorf("an error of the program itself became %v", err)
	}
}

func TestAnOutputThatWorks(t *testing.T) {
	d := &disk{room: 100}
	w := New(d)
	fmt.Fprint(w, "abc")
	if err := w.Check(nil); err != nil || d.String() != "abc" {
		t.Errorf("written %q, error %v", d.String(), err)
	}
	if err := w.Check(io.EOF); err != io.EOF {
		t.Errorf("an error of the program itself became %v", err)
	}
}
