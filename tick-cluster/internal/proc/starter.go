package proc

import (
	"os/exec"
	"runtime"
)

type startRequest struct {
	cmd    *exec.Cmd
	result chan<- error
}

// starter starts all processes from one thread that lives as long as the runner.
// Linux takes the end of the thread that started a process for the end of the
// parent (see [dieWithParent]), and Go ends threads as it likes.
func (r *Runner) starter() {
	defer close(r.ended)
	// Never unlocked: the thread ends with this goroutine.
	runtime.LockOSThread()
	for s := range r.starts {
		err := s.cmd.Start()
		if err == nil {
			r.guard.add(s.cmd.Process.Pid) // at once: see the package's comment
		}
		s.result <- err
	}
}

func (r *Runner) start(cmd *exec.Cmd) error {
	result := make(chan error)
	r.starts <- startRequest{cmd, result}
	return <-result
}
