package proc

import (
	"os"
	"syscall"
)

// WriteProgram writes an executable, a script, that can be run at once. No process is started
// meanwhile: one would inherit the open file, and as long as it has that the program is busy and
// cannot be run (ETXTBSY).
func WriteProgram(path, text string) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, []byte(text), 0o755)
}
