package proc

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
)

// The thread on which Start was called may end without taking the process with it: for
// Linux the thread that started a process is its parent.
func TestProcessesOutliveThreads(t *testing.T) {
	for range 10 {
		var p *Process
		var err error
		var caller sync.WaitGroup
		thread := 0
		caller.Go(func() {
			runtime.LockOSThread() // the thread ends with the goroutine
			thread = syscall.Gettid()
			p, err = Start(Spec{Path: "/bin/sleep", Args: []string{"1000"}, Output: To(io.Discard)})
		})
		caller.Wait()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Kill)
		if thread == os.Getpid() {
			continue // the first thread of a program does not end
		}
		waitFor(t, "the thread has ended, a little later than its goroutine", func() bool {
			_, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", thread))
			return os.IsNotExist(err)
		})
		if !p.Running() || !alive(p.PID) {
			t.Errorf("process %d is gone", p.PID)
		}
	}
}
