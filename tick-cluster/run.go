package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/netns"
	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/internal/version"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
	"github.com/ringmend/ringmend/tick-cluster/internal/cutter"
	"github.com/ringmend/ringmend/tick-cluster/internal/record"
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

// run is the tool. It returns the exit code. inside says that it is in the network
// namespace that --netns asks for.
func run(args []string, stdout *os.File, stderr io.Writer, inside bool) int {
	o, err := parseOptions(args)
	switch {
	case cli.Completes(args):
		if err = completion().Complete(args, stdout, stderr); err != nil {
			err = usageError{err}
		}
	case err != nil:
	case o.help:
		_, err = io.WriteString(stdout, usage())
	case o.version:
		_, err = io.WriteString(stdout, version.Text("tick-cluster", args))
	case o.report != "":
		err = showRecord(o, stdout)
	case o.netns && !inside:
		err = enter(args)
	default:
		if !o.seeded {
			// Few figures, for people who type them.
			o.seed = uint64(1 + rand.IntN(999_999))
		}
		err = recorded(o, args, func(r *record.Recorder) error { return torment(o, stdout, r) })
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

// enter starts this program again in a network namespace. It returns only if that
// fails.
func enter(args []string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	return netns.Exec(self, args, []string{roleEnv(roleNetns)})
}

// recorded runs a session with its record, which begins and ends with it.
func recorded(o options, args []string, session func(*record.Recorder) error) (err error) {
	var r *record.Recorder
	if o.record != "" {
		if r, err = record.Create(o.record); err != nil {
			return err
		}
	}
	var nodes []record.Node
	for _, n := range places(o) {
		nodes = append(nodes, record.Node(n))
	}
	r.Write(record.Line{Kind: record.Start, Text: "tick-cluster " + version.Current(), Args: args, Nodes: nodes, Seed: &o.seed})
	err = session(r)
	exit := record.Line{Kind: record.Exit, Code: new(int)}
	if err != nil {
		*exit.Code, exit.Error = exitFailed, err.Error()
	}
	r.Write(exit)
	return errors.Join(err, r.Close())
}

// torment runs a cluster until it is told to stop, and leaves nothing behind.
func torment(o options, stdout *os.File, recorder *record.Recorder) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	program, err := findProgram(o, self)
	if err != nil {
		return err
	}
	nodes := places(o)
	if err := prepare(o, nodes); err != nil {
		return err
	}
	// Before anything is started: no signal may end this without cleaning up.
	signals := catchSignals()
	defer signals.release()
	guard, err := proc.StartGuard(self, roleEnv(roleGuard))
	if err != nil {
		return err
	}
	defer guard.Close()
	transport, err := tchan.New(tchan.Options{})
	if err != nil {
		return fmt.Errorf("opening the transport: %w", err)
	}
	defer transport.Close()

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	a := &app{
		options:  o,
		screen:   screen.New(stdout, screen.IsTerminal(stdout)),
		recorder: recorder,
		admin:    admin.NewClient(transport, askTimeout),
		nodes:    nodes,
		names:    namesOf(nodes),
		signals:  signals,
		broken:   make(chan error, 1),
		asking:   make(chan struct{}, maxAsking),
		ctx:      ctx,
	}
	output := newNodeOutput(a)
	a.cluster = cluster.New(nodes, func(n cluster.Node) (*proc.Process, error) {
		return proc.Start(program.spec(n, guard, func(f *os.File) { output.follow(n, f) }))
	}, a.screen, o.seed)
	a.cluster.Changed = a.changed
	a.cluster.Ended = output.ended
	a.cutter = cutter.New(cutter.Options{
		Hold: func(hold bool) { arm(guard, hold) },
		Log:  func(format string, args ...any) { a.screen.Log(cluster.All, format, args...) },
	})
	if err := writeHosts(nodes); err != nil {
		return err
	}
	return a.written(errors.Join(a.run(), a.stop()))
}

// written returns err or, when there is none, why the output failed in the end. It
// does not wait for an output that hangs.
func (a *app) written(err error) error {
	select {
	case <-a.screen.Failed():
		if err == nil {
			err = fmt.Errorf("writing the output: %w", a.screen.Err())
		}
	default:
	}
	return err
}

// prepare makes sure that the nodes can listen where they are to.
func prepare(o options, nodes []cluster.Node) error {
	if o.netns {
		if err := netns.Up(); err != nil {
			return err
		}
	}
	if o.netns && o.loopback {
		var addresses []netip.Addr
		for _, n := range nodes {
			address, err := netip.ParseAddrPort(n.Address)
			if err != nil {
				return err
			}
			addresses = append(addresses, address.Addr())
		}
		if err := netns.Add(addresses); err != nil {
			return err
		}
	}
	return checkFree(nodes)
}

func arm(guard *proc.Guard, hold bool) {
	if hold {
		guard.Arm()
	} else {
		guard.Disarm()
	}
}

func namesOf(nodes []cluster.Node) map[wire.Address]string {
	names := make(map[wire.Address]string, len(nodes))
	for _, n := range nodes {
		names[wire.Address(n.Address)] = n.Name
	}
	return names
}
