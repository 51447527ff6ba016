package screen

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// Terminal is a terminal that hands over each key when it is pressed and does
// not show it.
//
// It is not quite in raw mode: output is still processed, which keeps the line endings of
// other programs right, and Ctrl-Z and Ctrl-\ still send signals. Ctrl-C is an ordinary
// key.
type Terminal struct {
	file *os.File

	mu    sync.Mutex
	saved *term.State // nil after Restore
}

// IsTerminal reports whether file is a terminal.
func IsTerminal(file *os.File) bool { return term.IsTerminal(int(file.Fd())) }

// OpenTerminal prepares a terminal for single keys. Restore must be called in
// the end.
func OpenTerminal(file *os.File) (*Terminal, error) {
	t := &Terminal{file: file}
	if err := t.Keys(); err != nil {
		return nil, err
	}
	return t, nil
}

// Keys prepares the terminal again, after Restore or when another program may
// have changed it.
func (t *Terminal) Keys() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.saved == nil {
		saved, err := term.GetState(int(t.file.Fd()))
		if err != nil {
			return fmt.Errorf("reading the settings of the terminal: %w", err)
		}
		t.saved = saved
	}
	if err := singleKeys(int(t.file.Fd())); err != nil {
		return fmt.Errorf("preparing the terminal for keys: %w", err)
	}
	return nil
}

// Restore gives the terminal back as it was found. Calling it again does
// nothing.
func (t *Terminal) Restore() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.saved == nil {
		return nil
	}
	err := term.Restore(int(t.file.Fd()), t.saved)
	t.saved = nil
	return err
}

func singleKeys(fd int) error {
	mode, err := unix.IoctlGetTermios(fd, ioctlGetTermios)
	if err != nil {
		return err
	}
	mode.Lflag &^= unix.ICANON | unix.ECHO | unix.ECHONL
	mode.Lflag |= unix.ISIG
	mode.Iflag &^= unix.ICRNL | unix.INLCR | unix.IGNCR
	mode.Cc[unix.VINTR] = disabled
	mode.Cc[unix.VMIN] = 1
	mode.Cc[unix.VTIME] = 0
	return unix.IoctlSetTermios(fd, ioctlSetTermios, mode)
}
