package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/ringmend/ringmend/internal/netns"
	"github.com/ringmend/ringmend/tick-cluster/internal/screen"
)

// Up to crowd nodes are started at once, more of them pause apart: processes that
// start and join all at the same time do it slowly.
const (
	crowd = 10
	pause = 25 * time.Millisecond
)

// run starts the cluster and obeys until it is to be stopped.
func (a *app) run() error {
	a.introduce()
	if started, err := a.start(); err != nil || !started {
		return err
	}
	if !screen.IsTerminal(os.Stdin) {
		a.screen.Log(initial, "keys are off: standard input is not a terminal; commands are read from it, a signal ends this")
		a.script = newScript(a.readLines(os.Stdin), a.options.keepGoing)
		return a.obey()
	}
	var err error
	if a.terminal, err = screen.OpenTerminal(os.Stdin); err != nil {
		return err
	}
	a.screen.Log(initial, "%s", shortHelp)
	a.pressed = a.readKeys(os.Stdin)
	return a.obey()
}

// introduce says what is not as usual.
func (a *app) introduce() {
	first, last := a.nodes[0], a.nodes[len(a.nodes)-1]
	if a.options.netns {
		// Not one node's address: that may be the first one to be killed.
		a.screen.Log(initial, "in a network namespace of its own; to look in from another terminal: %s ringpop-admin partitions %s", netns.Look(), discoveryURI())
	}
	if a.options.loopback {
		a.screen.Log(initial, "nodes %s to %s listen on, and dial from, %s to %s", first.Name, last.Name, first.Address, last.Address)
	}
	if !a.options.seeded {
		a.screen.Log(initial, "random choices by --seed %d, which repeats them", a.options.seed)
	}
	if a.options.quiet {
		a.screen.Log(initial, "what the nodes print is not shown (--verbose shows it)")
	}
}

// start starts the nodes. started is false when a signal came in between.
func (a *app) start() (started bool, err error) {
	ctx, cancel := context.WithCancel(a.ctx)
	defer cancel()
	type result struct {
		pids []int
		err  error
	}
	done := make(chan result, 1)
	apart := pause
	if len(a.nodes) <= crowd {
		apart = 0
	}
	begin := time.Now()
	go func() {
		pids, err := a.cluster.Start(ctx, apart, a.progress)
		done <- result{pids, err}
	}()
	select {
	case <-a.signals.end:
		cancel()
		<-done
		a.screen.Prompt("")
		return false, nil
	case r := <-done:
		a.screen.Prompt("")
		if r.err != nil {
			return false, r.err
		}
		a.screen.Log(initial, "%s", startedLine(r.pids, time.Since(begin)))
		return true, nil
	}
}

// progress shows how far the start is: in one line on a terminal, elsewhere in
// four.
func (a *app) progress(n int) {
	size := len(a.nodes)
	if size <= crowd || n == size {
		return
	}
	if a.screen.Interactive() {
		a.screen.Prompt(fmt.Sprintf("started %d of %d nodes", n, size))
	} else if n*4/size > (n-1)*4/size {
		a.screen.Log(initial, "started %d of %d nodes", n, size)
	}
}

func startedLine(pids []int, took time.Duration) string {
	if len(pids) > crowd {
		return fmt.Sprintf("started %d nodes in %v, process ids from %d on", len(pids), took.Round(time.Millisecond), pids[0])
	}
	return "started the nodes, process ids " + joined(pids)
}

func joined(numbers []int) string {
	list := make([]string, len(numbers))
	for i, n := range numbers {
		list[i] = strconv.Itoa(n)
	}
	return strings.Join(list, ", ")
}
