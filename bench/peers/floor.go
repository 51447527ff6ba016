package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/ringmend/ringmend/node/ring"
	"github.com/ringmend/ringmend/node/wire"
)

// Floors are what figures cannot go below, whatever the program: the cost of what every
// node must do at least, measured by itself in the same run, without the protocol.
type Floors struct {
	// ProcessMS is the CPU, in ms, that it takes to start and end a process that does nothing.
	ProcessMS float64 `json:"process_ms"`
	// RoundTripUS is the CPU, in µs, of a message of the size of a ping over loopback and its
	// answer: two writes and two reads.
	RoundTripUS float64 `json:"round_trip_us"`
	// MemberUS is the CPU, in µs, of one member in a membership that is decoded and put into a ring.
	MemberUS float64 `json:"member_us"`
}

// pingsPerMinute is how many pings a node sends in a minute, and answers.
const pingsPerMinute = 300

// of returns the floor of a figure in a cluster of n nodes; ok is false when there is none.
func (f *Floors) of(figure figure, n int) (value float64, ok bool) {
	nodes, processors := float64(n), float64(runtime.NumCPU())
	joining := nodes * f.MemberUS / 1000 // ms a node: each learns of each once
	if figure.kind == processes {
		joining += f.ProcessMS
	}
	switch figure.name {
	case agreeing:
		return joining / 1000 * nodes / processors, true
	case agreeingCPU:
		return joining, true
	case restCPU:
		return pingsPerMinute * f.RoundTripUS / 1e6, true
	}
	return 0, false
}

// measureFloors measures the floors. Without processes to measure there is none to start.
func measureFloors(stop context.Context, dir string, o *options) (f Floors, err error) {
	if len(o.processes) > 0 {
		if f.ProcessMS, err = processFloor(stop, dir); err != nil {
			return f, err
		}
	}
	if f.RoundTripUS, err = roundTripFloor(); err != nil {
		return f, err
	}
	f.MemberUS, err = memberFloor()
	return f, err
}

// processFloor builds and starts a program that does nothing.
func processFloor(stop context.Context, dir string) (ms float64, err error) {
	const times = 20
	source, program := filepath.Join(dir, "nothing.go"), filepath.Join(dir, "nothing")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		return 0, err
	}
	build := exec.CommandContext(stop, "go", "build", "-o", program, source)
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build a program that does nothing: %w\n%s", err, out)
	}
	var sum time.Duration
	for range times {
		cmd := exec.CommandContext(stop, program)
		if err := cmd.Run(); err != nil {
			return 0, err
		}
		sum += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	return sum.Seconds() * 1000 / times, nil
}

// roundTripFloor sends a message to and fro. It includes the wake-ups of the two that wait.
func roundTripFloor() (us float64, err error) {
	const times, size = 5000, 300
	listener, err := net.Listen("tcp", loopback)
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	echoed := make(chan error, 1)
	go func() {
		c, err := listener.Accept()
		if err != nil {
			echoed <- err
			return
		}
		defer c.Close()
		_, err = io.CopyBuffer(struct{ io.Writer }{c}, struct{ io.Reader }{c}, make([]byte, size))
		echoed <- err
	}()
	c, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		return 0, err
	}
	message := make([]byte, size)
	began := ownCPU()
	for range times {
		if _, err := c.Write(message); err != nil {
			return 0, errors.Join(err, c.Close())
		}
		if _, err := io.ReadFull(c, message); err != nil {
			return 0, errors.Join(err, c.Close())
		}
	}
	spent := ownCPU() - began
	return spent.Seconds() * 1e6 / times, errors.Join(c.Close(), <-echoed)
}

// memberFloor decodes a membership, and puts its members into a ring.
func memberFloor() (us float64, err error) {
	const members, times = 100, 50
	var list []wire.Change
	var servers []ring.Change
	for i := range members {
		address := fmt.Sprintf("10.0.0.%d:3000", i)
		list = append(list, wire.Change{Source: wire.Address(address), SourceIncarnation: 1, Address: wire.Address(address), Incarnation: 1})
		servers = append(servers, ring.Change{Server: address, Identity: address})
	}
	var encoder wire.Encoder
	body, err := encoder.Encode(&wire.JoinResponse{App: app, Coordinator: "10.0.0.0:3000", Membership: wire.Changes(list...)})
	if err != nil {
		return 0, err
	}
	began := ownCPU()
	for range times {
		if _, _, err := wire.DecodeResponse(wire.EndpointJoin, body); err != nil {
			return 0, err
		}
		ring.New(ring.DefaultReplicaPoints).Update(servers)
	}
	return (ownCPU() - began).Seconds() * 1e6 / members / times, nil
}
