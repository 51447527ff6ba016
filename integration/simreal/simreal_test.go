package main

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node/wire"
)

func TestNonsenseIsRefused(t *testing.T) {
	for args, says := range map[string]string{
		"--nodes 3": "nodes must be from 4", "--nodes 999": "nodes must be from 4", "--runs 0": "at least one run",
		"--simulated 0": "at least one run", "--histories war": `no history "war"`, "--frobnicate": "unknown flag",
	} {
		if _, err := parse(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", args, err, says)
		}
	}
}

// Every history can be played in the simulator, and between them they measure everything.
func TestHistoriesInTheSimulator(t *testing.T) {
	missing := make(map[string]bool)
	for _, what := range measured {
		missing[what] = true
	}
	for _, h := range histories {
		f, err := h.perform(newSimulation(8, 1, 50*time.Millisecond, 150*time.Millisecond), 8, 1)
		if err != nil {
			t.Fatalf("%s: %v", h.name, err)
		}
		for what, took := range f {
			delete(missing, what)
			if took < 50*time.Millisecond || took > 20*time.Second {
				t.Errorf("%s: %s took %v", h.name, what, took)
			}
		}
	}
	if len(missing) > 0 {
		t.Errorf("not measured: %v", missing)
	}
}

// What nodes believe is read from their logs.
func TestLogsAreRead(t *testing.T) {
	r := &reality{began: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), believed: newViews(2), index: map[wire.Address]int{"10.77.0.2:3000": 0, "10.77.1.2:3000": 1}, listening: make([]time.Duration, 2)}
	output, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.read(0, output)
	}()
	_, err = io.WriteString(in, `{"time":"2026-01-02T03:04:05.1Z","level":"INFO","msg":"listening","address":"10.77.0.2:3000"}
not JSON
{"time":"2026-01-02T03:04:05.2Z","level":"DEBUG","msg":"member learned","member":"10.77.1.2:3000","status":"alive","incarnation":7}
{"time":"2026-01-02T03:04:06Z","level":"DEBUG","msg":"member learned","member":"10.9.9.9:3000","status":"alive","incarnation":7}
{"time":"2026-01-02T03:04:07.5Z","level":"DEBUG","msg":"member changed","member":"10.77.1.2:3000","from":"alive","status":"faulty","incarnation":7}
`)
	if err != nil {
		t.Fatal(err)
	}
	in.Close()
	select {
	case <-done:
	case <-time.After(await.Patience):
		t.Fatal("it is still being read")
	}
	if since, ok := r.believed.givenUp([]int{0}, []int{1}); !ok || since != 2500*time.Millisecond {
		t.Errorf("the member is given up: %v, since %v", ok, since)
	}
	if first, last := r.started(); first != 0 || last != 100*time.Millisecond {
		t.Errorf("the processes were up from %v to %v", first, last)
	}
}

// Nodes agree when they hold each other alive at the same incarnations.
func TestAgreement(t *testing.T) {
	v := newViews(3)
	tell := func(node, member int, incarnation int64, since time.Duration) {
		v.changed(node, member, belief{wire.Alive, incarnation, true, since})
	}
	for node := range 3 {
		for member := range 3 {
			if node != member {
				tell(node, member, 1, time.Second)
			}
		}
	}
	if since, ok := v.agreed(); !ok || since != time.Second {
		t.Errorf("%v, %v", since, ok)
	}
	tell(0, 2, 2, 2*time.Second)
	if _, ok := v.agreed(); ok {
		t.Error("they agree about different incarnations")
	}
	tell(1, 2, 2, 3*time.Second)
	if since, ok := v.agreed(); !ok || since != 3*time.Second {
		t.Errorf("%v, %v", since, ok)
	}
}

func TestRow(t *testing.T) {
	r := result{What: "something", Nodes: 10, Real: []float64{2, 1, 4}, Simulated: []float64{1, 2}}
	if row := r.row(); row != "| 10 | something | 2.00 (1.00 to 4.00) | 1.50 (1.00 to 2.00) | 0.75 |" {
		t.Error(row)
	}
}
