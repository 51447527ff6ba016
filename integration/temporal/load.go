package temporal

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/ringmend/ringmend/internal/proc"
)

// Router is where a load can run that reaches both hosts, whatever is cut: see [netlab].
const Router = -1

// Load is a program that runs workflows with one activity each, and the worker for them.
type Load struct {
	process *proc.Process
	ready   chan struct{} // closed when a first workflow has completed, or there will be none
	started bool          // then
	lines   []string      // that it has printed, to be read when it has ended
}

// Second is what became of the workflows that were started in a second.
type Second struct {
	At                                           int64 // unix seconds
	Started, Failed, Completed, Slow, Unfinished int
	Worst                                        float64 // seconds
}

// StartLoad starts workflows, so many a second, from a host or the Router, and returns when
// the first has completed. They go to the frontends of the hosts that are given.
func (c *Cluster) StartLoad(program string, from, rate int, frontends ...int) (*Load, error) {
	var addresses []string
	for _, host := range frontends {
		addresses = append(addresses, c.network.Address(host)+":7233")
	}
	line := []string{program, "--addresses", strings.Join(addresses, ","), "--rate", fmt.Sprint(rate)}
	if from != Router {
		line = c.network.On(from, line...)
	}
	l := &Load{ready: make(chan struct{})}
	process, err := proc.Start(proc.Spec{Path: line[0], Args: line[1:], Output: l.read})
	if err != nil {
		return nil, err
	}
	l.process = process
	c.loads = append(c.loads, l)
	if <-l.ready; !l.started {
		<-process.Done()
		return nil, fmt.Errorf("the load does not become ready: %s", strings.Join(l.lines, "\n"))
	}
	return l, nil
}

func (l *Load) read(output *os.File) {
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if lines.Text() == "ready" && !l.started {
			l.started = true
			close(l.ready)
			continue
		}
		l.lines = append(l.lines, lines.Text())
	}
	if !l.started {
		close(l.ready)
	}
}

// Stop starts no more workflows, waits for the others, and returns what became of all.
func (l *Load) Stop() ([]Second, error) {
	if err := l.process.Signal(syscall.SIGTERM); err != nil {
		return nil, err
	}
	var seconds []Second
	<-l.process.Done()
	for _, line := range l.lines {
		var s Second
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			return nil, errors.New("the load says: " + line)
		}
		seconds = append(seconds, s)
	}
	return seconds, nil
}

// Sum adds up what became of the workflows that were started in an interval, which is taken
// to whole seconds.
func Sum(seconds []Second, from, to time.Time) Second {
	sum := Second{At: from.Unix()}
	for _, s := range seconds {
		if s.At < from.Unix() || s.At >= to.Unix() {
			continue
		}
		sum.Started += s.Started
		sum.Failed += s.Failed
		sum.Completed += s.Completed
		sum.Slow += s.Slow
		sum.Unfinished += s.Unfinished
		sum.Worst = max(sum.Worst, s.Worst)
	}
	return sum
}
