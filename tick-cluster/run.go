package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
	"github.com/ringmend/ringmend/tick-cluster/internal/proc"
	"github.com/ringmend/ringmend/tick-cluster/internal/screen"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// initial is who lines are logged for that are about the beginning.
const initial = "init"

// askTimeout is how long a node may take to answer. A tick that finds a node
// suspended takes a ping of 1.5 s and a ping-req of 5 s.
const askTimeout = 7 * time.Second

// run is the tool. It returns the exit code.
func run(args []string, stdout *os.File, stderr io.Writer) int {
	o, err := parseOptions(args)
	switch {
	case err != nil:
	case o.help:
		_, err = io.WriteString(stdout, usage())
	case o.version:
		_, err = io.WriteString(stdout, version())
	default:
		err = torment(o, stdout)
	}
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(stderr, "Error: %v\n", err)
	if errors.Is(err, errUsage) {
		fmt.Fprintln(stderr, "Run 'tick-cluster --help' for usage.")
		return exitUsage
	}
	return exitFailed
}

// torment runs a cluster until it is told to stop, and leaves nothing behind.
func torment(o options, stdout *os.File) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	program, err := findProgram(o, self)
	if err != nil {
		return err
	}
	nodes := places(o)
	if err := checkFree(nodes); err != nil {
		return err
	}
	// Before anything is started, so that no signal ends this without a goodbye.
	signals := catchSignals()
	defer signals.release()
	guard, err := proc.StartGuard(self, roleEnv(roleGuard))
	if err != nil {
		return err
	}
	defer guard.Close()
	runner := proc.NewRunner(guard)
	defer runner.Close()
	transport, err := tchan.New(tchan.Options{})
	if err != nil {
		return fmt.Errorf("opening the transport: %w", err)
	}
	defer transport.Close()

	out := screen.New(stdout, screen.IsTerminal(stdout))
	launch := func(n cluster.Node) (*proc.Process, error) {
		return runner.Start(program.spec(n, func(f *os.File) { out.Follow(n.Name, f) }))
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	a := &app{
		screen:  out,
		cluster: cluster.New(nodes, launch, out),
		admin:   admin.NewClient(transport, askTimeout),
		nodes:   nodes,
		signals: signals,
		asking:  make(chan struct{}, maxAsking),
		ctx:     ctx,
	}
	if err := writeHosts(nodes); err != nil {
		return err
	}
	return errors.Join(a.run(), a.stop())
}

// run starts the cluster and obeys until it is to be stopped.
func (a *app) run() error {
	pids, err := a.cluster.Start()
	if err != nil {
		return err
	}
	a.screen.Log(initial, "started the nodes, process ids %s", joined(pids))
	if !screen.IsTerminal(os.Stdin) {
		a.screen.Log(initial, "keys are off: standard input is not a terminal; a signal ends this")
		return a.obey()
	}
	if a.terminal, err = screen.OpenTerminal(os.Stdin); err != nil {
		return err
	}
	a.screen.Log(initial, "%s", shortHelp)
	a.pressed = a.readKeys(os.Stdin)
	return a.obey()
}

func joined(numbers []int) string {
	list := make([]string, len(numbers))
	for i, n := range numbers {
		list[i] = strconv.Itoa(n)
	}
	return strings.Join(list, ", ")
}
