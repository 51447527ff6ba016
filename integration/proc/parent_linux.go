package proc

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the process killed when the test program dies without
// cleaning up, as it does when its time is up.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
