package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// free are the ports that are used.
var free ports.Pool

// looks is how many looks at a node are averaged.
const looks = 200

// costOfALook starts a ringpop-go node that holds n members, and returns the processor
// time that it spends on one look, and how much it answers. Its gossip is stopped, for
// its members are made up.
func costOfALook(ctx context.Context, program, dir string, n int) (cpu time.Duration, bytes int, err error) {
	address, port, err := free.Take("127.0.0.1")
	if err != nil {
		return 0, 0, err
	}
	defer free.Release(port)
	hosts, err := hostsFile(dir, address)
	if err != nil {
		return 0, 0, err
	}
	p, err := proc.Start(proc.Spec{Path: program, Args: []string{"--listen=" + address, "--hosts=" + hosts}, Output: proc.To(io.Discard)})
	if err != nil {
		return 0, 0, err
	}
	defer p.Kill()
	transport, err := tchan.New(tchan.Options{})
	if err != nil {
		return 0, 0, err
	}
	defer transport.Close()
	call := func(endpoint string, body []byte) (answer []byte, err error) {
		within, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		return transport.Call(within, address, endpoint, body)
	}
	if err := rig.Until(patience, func() error { _, err := call(wire.EndpointGossipStop, []byte("null")); return err }); err != nil {
		return 0, 0, err
	}
	var changes []wire.Change
	for i := range n - 1 {
		changes = append(changes, wire.Change{Address: madeUp(i), Incarnation: 1795866752639, Status: wire.Alive})
	}
	body, err := new(wire.Encoder).Encode(&wire.Ping{Source: madeUp(0), SourceIncarnation: 1, Checksum: 1, Changes: wire.Changes(changes...)})
	if err != nil {
		return 0, 0, err
	}
	if err := rig.Until(patience, func() error { _, err := call(wire.EndpointPing, body); return err }); err != nil {
		return 0, 0, err
	}
	before, err := cpuOf(p.PID)
	if err != nil {
		return 0, 0, err
	}
	for range looks {
		answer, err := call(wire.EndpointStats, []byte("null"))
		if err != nil {
			return 0, 0, err
		}
		bytes = len(answer)
	}
	after, err := cpuOf(p.PID)
	return (after - before) / looks, bytes, err
}

func madeUp(i int) wire.Address {
	return wire.Address(fmt.Sprintf("10.1.%d.%d:3000", i/200, i%200+1))
}

// patience is how long a program may take to answer as it should.
const patience = 30 * time.Second

// cpuOf returns the processor time that a process has spent.
func cpuOf(pid int) (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
	if err != nil {
		return 0, err
	}
	var main time.Duration
	if _, err := fmt.Sscan(string(data), &main); err != nil {
		return 0, err
	}
	// That is of one thread; the others have files of their own.
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return 0, err
	}
	var all time.Duration
	for _, task := range tasks {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/schedstat", pid, task.Name()))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		var one time.Duration
		if _, err := fmt.Sscan(string(data), &one); err == nil {
			all += one
		}
	}
	return max(all, main), nil
}
