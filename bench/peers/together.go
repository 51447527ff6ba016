package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// pollEvery is how often a cluster is asked whether it agrees. A question costs as
// much as one node's answer, until all but the last agree.
const pollEvery = 5 * time.Millisecond

// measureTogether measures a cluster in this process.
func measureTogether(stop context.Context, program string, n int, o *options) (figures map[string]float64, err error) {
	figures = make(map[string]float64)
	began, cpu := time.Now(), ownCPU()
	var nodes []subject
	defer func() { closeAll(nodes) }()
	for range n {
		s, err := starters[program]()
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, s)
	}
	ctx, cancel := context.WithTimeout(stop, o.limit)
	defer cancel()
	joining := joinAll(ctx, nodes, o.apart)
	if err := awaitViews(ctx, nodes, n); err != nil {
		return figures, fmt.Errorf("no agreement: %w", err)
	}
	figures[agreeing] = time.Since(began).Seconds()
	figures[agreeingCPU] = (ownCPU() - cpu).Seconds() * 1000 / float64(n)
	if err := joining(); err != nil {
		return figures, err
	}
	if err := pause(stop, o.untilRest(n)); err != nil {
		return figures, err
	}
	cpu = ownCPU()
	if err := pause(stop, o.rest); err != nil {
		return figures, err
	}
	figures[restCPU] = (ownCPU() - cpu).Seconds() / float64(n) / o.rest.Minutes()
	weigh(figures)
	if !o.crash {
		return figures, nil
	}
	return figures, measureCrash(stop, nodes, figures, o.limit)
}

// joinAll lets all nodes join, one after another or at once. What it returns waits for all of
// them, and returns their errors.
func joinAll(ctx context.Context, nodes []subject, apart time.Duration) (wait func() error) {
	var hosts []string
	for _, s := range nodes {
		hosts = append(hosts, s.address())
	}
	errs := make([]error, len(nodes))
	var joining sync.WaitGroup
	for i, s := range nodes {
		joining.Go(func() {
			if errs[i] = pause(ctx, time.Duration(i)*apart); errs[i] == nil {
				errs[i] = s.join(ctx, hosts)
			}
		})
	}
	return func() error {
		joining.Wait()
		return errors.Join(errs...)
	}
}

// awaitViews waits until all nodes hold the given number of members alive, with one checksum.
func awaitViews(ctx context.Context, nodes []subject, members int) error {
	for agree := 0; ; {
		for agree < len(nodes) {
			if got, _ := nodes[agree].view(); got != members {
				break
			}
			agree++
		}
		if agree == len(nodes) {
			if oneChecksum(nodes, members) {
				return nil
			}
			agree = 0
		}
		if err := pause(ctx, pollEvery); err != nil {
			return err
		}
	}
}

func oneChecksum(nodes []subject, members int) bool {
	_, first := nodes[0].view()
	for _, s := range nodes {
		if got, checksum := s.view(); got != members || checksum != first {
			return false
		}
	}
	return true
}

// weigh records the cluster's live memory: it collects first, since garbage must not count.
func weigh(figures map[string]float64) {
	runtime.GC()
	runtime.GC() // what the first one only freed from pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	figures[heap] = float64(m.HeapAlloc) / (1 << 20)
	figures[stacks] = float64(m.StackInuse) / (1 << 20)
	figures[goroutines] = float64(runtime.NumGoroutine())
}

// measureCrash ends one node and waits until all others hold it for gone.
func measureCrash(stop context.Context, nodes []subject, figures map[string]float64, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(stop, limit)
	defer cancel()
	last := len(nodes) - 1
	began := time.Now()
	nodes[last].crash()
	if err := awaitViews(ctx, nodes[:last], last); err != nil {
		return fmt.Errorf("a crash is not known by all: %w", err)
	}
	figures[crash] = time.Since(began).Seconds()
	return nil
}

func closeAll(nodes []subject) {
	var closing sync.WaitGroup
	for _, s := range nodes {
		closing.Go(s.crash)
	}
	closing.Wait()
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ownCPU is the time that this process has spent on processors.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
