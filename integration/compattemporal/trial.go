package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/integration/nodelab"
	"github.com/ringmend/ringmend/integration/temporal"
	"github.com/ringmend/ringmend/internal/netlab"
)

// ring says what the processes of each host run at first, and what happens to them.
type ring struct {
	name     string
	programs [temporal.Hosts]string
	happens  func(*trial, *temporal.Programs) error
}

func rings(p *temporal.Programs) []ring {
	return []ring{
		{"stock", [...]string{p.Stock, p.Stock}, (*trial).faults},
		{"ringmend", [...]string{p.Ringmend, p.Ringmend}, (*trial).faults},
		{"both", [...]string{p.Ringmend, p.Stock}, (*trial).faults},
		{"rolling", [...]string{p.Stock, p.Stock}, (*trial).thereAndBack},
	}
}

// trial is a cluster under load.
type trial struct {
	*options
	ring
	network *netlab.Network

	cluster *temporal.Cluster
	rows    []row
	seconds []temporal.Second
}

// run runs the cluster from its start to its end.
func (t *trial) run(p *temporal.Programs) (err error) {
	if t.cluster, err = temporal.New(t.network); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, t.cluster.Tail())
		}
		err = errors.Join(err, t.cluster.Stop())
	}()
	t.say("the six processes start")
	if err := t.cluster.Start(t.programs); err != nil {
		return err
	}
	load, err := t.cluster.StartLoad(p.Load, temporal.Router, t.rate, 0, 1)
	if err != nil {
		return err
	}
	t.say("one ring of %d, and workflows complete", temporal.Members)
	if err := t.happens(t, p); err != nil {
		return err
	}
	t.say("waiting for the last workflows")
	t.seconds, err = load.Stop()
	return err
}

func (t *trial) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s %s: %s\n", time.Now().Format(time.TimeOnly), t.name, fmt.Sprintf(format, args...))
}

// victim returns the process that is killed: history and matching of the second host.
func (t *trial) victim() *temporal.Process { return t.cluster.Processes[4] }

// faults makes one thing after the other happen to the ring.
func (t *trial) faults(*temporal.Programs) error {
	v := t.victim()
	program := t.programs[v.Host]
	without := temporal.Agree(temporal.Members - len(v.Services))
	if err := t.measure("kill -9 of "+v.String(), without, func() error { v.Kill(); return nil }); err != nil {
		return err
	}
	if err := t.restartAndSettle(v, program); err != nil {
		return err
	}
	if err := t.measure("SIGTERM of "+v.String(), without, v.Terminate); err != nil {
		return err
	}
	t.say("%s ends with %s", v, v.Ended())
	if err := t.restartAndSettle(v, program); err != nil {
		return err
	}
	return t.measure(fmt.Sprintf("the hosts are cut off from each other for %v, with resets", t.cut), temporal.Whole, func() error {
		if err := t.network.Cut(netlab.Reset, []int{0}, []int{1}); err != nil {
			return err
		}
		time.Sleep(t.cut)
		return t.network.Mend()
	})
}

// restartAndSettle keeps what the restart does to workflows out of what is measured next.
func (t *trial) restartAndSettle(p *temporal.Process, program string) error {
	err := t.restart(p, program)
	time.Sleep(t.around)
	return err
}

func (t *trial) restart(p *temporal.Process, program string) error {
	if err := p.Start(program); err != nil {
		return err
	}
	took, err := t.cluster.Await(t.limit, temporal.Whole)
	t.say("%s is started again; one ring of %d after %.1f s", p, temporal.Members, took.Seconds())
	return err
}

// thereAndBack changes the programs of all processes, one after the other.
func (t *trial) thereAndBack(p *temporal.Programs) error {
	if err := t.change("all processes, one after the other, from stock to ringmend", p.Ringmend); err != nil {
		return err
	}
	return t.change("and back to stock", p.Stock)
}

func (t *trial) change(what, program string) error {
	longest := time.Duration(0) // from a start to one ring
	err := t.measure(what, temporal.Whole, func() error {
		for _, p := range t.cluster.Processes {
			if err := p.Terminate(); err != nil {
				return err
			}
			t.say("%s has ended with %s", p, p.Ended())
			began := time.Now()
			if err := t.restart(p, program); err != nil {
				return err
			}
			longest = max(longest, time.Since(began))
		}
		return nil
	})
	if err == nil {
		t.rows[len(t.rows)-1].agrees = fmt.Sprintf("%.1f s at most from each start", longest.Seconds())
	}
	return err
}

// measure makes something happen under load, and measures how long the ring then takes until
// a condition holds.
func (t *trial) measure(what string, holds func(*admin.Verdict) bool, happen func() error) error {
	r := row{what: what, from: time.Now()}
	time.Sleep(t.around)
	t.say("%s", what)
	r.began = time.Now()
	if err := happen(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	r.happened = time.Now()
	took, err := t.cluster.Await(t.limit, holds)
	switch {
	case err == nil:
		r.agrees = fmt.Sprintf("%.1f s", took.Seconds())
		t.say("the ring agrees after %s", r.agrees)
	case errors.Is(err, nodelab.ErrLimit):
		r.agrees = fmt.Sprintf("not in %v", t.limit)
		t.say("%v", err)
	default:
		return err
	}
	r.agreed = time.Now()
	time.Sleep(t.around)
	r.to = time.Now()
	t.rows = append(t.rows, r)
	return nil
}

// row is what has happened, and when.
type row struct {
	what     string
	agrees   string
	from     time.Time // the load before it counts from here
	began    time.Time
	happened time.Time
	agreed   time.Time
	to       time.Time // and the load after it to here
}

func (r *row) text(ring string, seconds []temporal.Second) string {
	cell := func(from, to time.Time) string {
		s := temporal.Sum(seconds, from, to)
		text := fmt.Sprintf("%d of %d, %.1f s", s.Completed, s.Started, s.Worst)
		if s.Failed > 0 {
			text += fmt.Sprintf("; %d not started", s.Failed)
		}
		if s.Unfinished > 0 {
			text += fmt.Sprintf("; %d not completed in a minute", s.Unfinished)
		}
		return text
	}
	// What happened may have taken no time.
	until := r.agreed
	if until.Unix() == r.began.Unix() {
		until = until.Add(time.Second)
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s |", ring, r.what, r.agrees, cell(r.from, r.began), cell(r.began, until), cell(until, r.to))
}
