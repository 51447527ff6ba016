package cluster

import (
	"syscall"
	"time"

	"github.com/ringmend/ringmend/tick-cluster/internal/namelist"
)

// patience is how long Stop waits before it says what it waits for.
const patience = time.Second

// Stop ends all processes, suspended ones as well, and returns when they are
// gone: with SIGTERM, and with SIGKILL after 5 s or when hurry is closed.
// Nothing can be started afterwards.
func (c *Cluster) Stop(hurry <-chan struct{}) {
	live := c.beginStop()
	if len(live) == 0 {
		return
	}
	c.log.Log(All, "stopping the nodes")
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for _, s := range live {
			<-s.proc.Done()
		}
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		select {
		case <-gone:
			return
		case <-hurry:
			hurry = nil
			alive := left(live)
			for _, s := range live {
				// An error means that it is gone already.
				_ = s.proc.Signal(syscall.SIGKILL)
			}
			c.log.Log(All, "killed %s", alive)
		case <-late.C:
			c.log.Log(All, "waiting for %s; again to kill them", left(live))
		}
	}
}

// beginStop sends the signals before anything else: an output that hangs must not delay
// them. The slots it returns are not changed any more.
func (c *Cluster) beginStop() (live []*slot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopping = true
	for _, s := range c.slots {
		if s.proc == nil {
			continue
		}
		// An error means that it is gone already.
		_ = s.proc.Terminate(grace)
		select {
		case <-s.proc.Done():
		default:
			live = append(live, s)
		}
	}
	return live
}

func left(slots []*slot) string {
	var list []string
	for _, s := range slots {
		select {
		case <-s.proc.Done():
		default:
			list = append(list, s.Name)
		}
	}
	return namelist.Of(list)
}
