package screen

import (
	"os"
	"testing"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func settings(t *testing.T, f *os.File) *unix.Termios {
	t.Helper()
	mode, err := unix.IoctlGetTermios(int(f.Fd()), ioctlGetTermios)
	if err != nil {
		t.Fatal(err)
	}
	return mode
}

func TestATerminalGivesKeysAndIsGivenBack(t *testing.T) {
	person, program, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer person.Close()
	defer program.Close()
	before := settings(t, program)
	terminal, err := OpenTerminal(program)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := person.Write([]byte("k\r\x03")); err != nil {
		t.Fatal(err)
	}
	// No end of line is waited for, Enter is not changed, Ctrl-C is no signal.
	buf := make([]byte, 3)
	for n := 0; n < len(buf); {
		m, err := program.Read(buf[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += m
	}
	same(t, string(buf), "k\r\x03")

	// Only the output comes back, with proper ends of lines: nothing was echoed.
	if _, err := program.Write([]byte("a\nb\n")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 100)
	n, err := person.Read(got)
	if err != nil {
		t.Fatal(err)
	}
	same(t, string(got[:n]), "a\r\nb\r\n")

	for range 2 {
		if err := terminal.Restore(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, settings(t, program)); diff != "" {
			t.Fatalf("settings (-before +after):\n%s", diff)
		}
	}
}

func TestAFileIsNoTerminal(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := OpenTerminal(f); err == nil || IsTerminal(f) {
		t.Error("it is taken for one")
	}
}
