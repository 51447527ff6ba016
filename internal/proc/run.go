package proc

import (
	"bytes"
	"os/exec"
	"runtime"
	"syscall"
)

// Run is [exec.Cmd.Run], and on Linux the process does not outlive this one. It stays in
// the process group of this one and gets the signals of the terminal.
func Run(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	dieWithParent(cmd.SysProcAttr)
	runtime.LockOSThread() // see Start
	defer runtime.UnlockOSThread()
	return cmd.Run()
}

// Output runs a command as [Run] does, and returns what it prints to its standard output
// and error.
func Output(cmd *exec.Cmd) ([]byte, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := Run(cmd)
	return out.Bytes(), err
}
