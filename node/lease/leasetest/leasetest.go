package leasetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/lease"
	"github.com/ringmend/ringmend/node/wire"
)

// Record returns a record of an epoch with so many members.
func Record(epoch uint64, members int) lease.Record {
	r := lease.Record{Epoch: epoch}
	for i := range members {
		r.Members = append(r.Members, wire.Address(fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250)))
	}
	r.Holder = resolve.HolderOf(r.Members)
	return r
}

// Run tests leases. open makes a store that is empty, and returns what opens it: each node
// has a client of its own.
func Run(t *testing.T, open func(t *testing.T) func() lease.Lease) {
	for name, test := range map[string]func(*testing.T, func() lease.Lease){
		"begins empty": func(t *testing.T, client func() lease.Lease) {
			if got := read(t, client()); !reflect.DeepEqual(got, lease.Record{}) {
				t.Errorf("it holds %+v", got)
			}
		},
		"keeps what it is given":      keeps,
		"refuses who is late":         refuses,
		"lets one of many advance it": races,
		"takes no longer than it may": gives,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func read(t *testing.T, l lease.Lease) lease.Record {
	t.Helper()
	record, err := l.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func advance(t *testing.T, l lease.Lease, from uint64, to lease.Record) {
	t.Helper()
	got, err := l.Advance(t.Context(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, to) {
		t.Fatalf("an advance to %+v returns %+v", to, got)
	}
}

func keeps(t *testing.T, client func() lease.Lease) {
	one, other := client(), client()
	for epoch, members := range []int{1, 3, 1000} {
		to := Record(uint64(epoch)+1, members)
		advance(t, one, uint64(epoch), to)
		if got := read(t, other); !reflect.DeepEqual(got, to) {
			t.Fatalf("another client reads %+v, not %+v", got, to)
		}
		one, other = other, one
	}
}

func refuses(t *testing.T, client func() lease.Lease) {
	l, late := client(), client()
	if _, err := l.Advance(t.Context(), 5, Record(6, 1)); !errors.Is(err, lease.ErrConflict) {
		t.Errorf("an empty store is advanced from 5: %v", err)
	}
	advance(t, l, 0, Record(1, 3))
	advance(t, l, 1, Record(2, 2))
	for _, from := range []uint64{0, 1, 3} {
		if _, err := late.Advance(t.Context(), from, Record(from+1, 1)); !errors.Is(err, lease.ErrConflict) {
			t.Errorf("an advance from %d, while it is 2: %v", from, err)
		}
	}
	if got := read(t, l); !reflect.DeepEqual(got, Record(2, 2)) {
		t.Errorf("it has become %+v", got)
	}
}

func races(t *testing.T, client func() lease.Lease) {
	const clients, rounds = 6, 5
	var leases []lease.Lease
	for range clients {
		leases = append(leases, client())
	}
	for round := range uint64(rounds) {
		var racing sync.WaitGroup
		var errs [clients]error
		for i, l := range leases {
			racing.Go(func() { _, errs[i] = l.Advance(t.Context(), round, Record(round+1, i+1)) })
		}
		racing.Wait()
		winner := -1
		for i, err := range errs {
			switch {
			case err == nil && winner >= 0:
				t.Fatalf("both %d and %d have advanced it from %d", winner, i, round)
			case err == nil:
				winner = i
			case !errors.Is(err, lease.ErrConflict):
				t.Fatal(err)
			}
		}
		if winner < 0 {
			t.Fatalf("no node has advanced it from %d", round)
		}
		if got := read(t, leases[0]); !reflect.DeepEqual(got, Record(round+1, winner+1)) {
			t.Fatalf("%d has advanced it, and it holds %+v", winner, got)
		}
	}
}

// gives tests what the interface says about contexts.
func gives(t *testing.T, client func() lease.Lease) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ended := make(chan error, 2)
	l := client()
	go func() {
		_, err := l.Read(ctx)
		ended <- err
		_, err = l.Advance(ctx, 0, Record(1, 1))
		ended <- err
	}()
	for range 2 {
		select {
		case err := <-ended:
			if err == nil || errors.Is(err, lease.ErrConflict) {
				t.Errorf("after the end of its context: %v", err)
			}
		case <-time.After(time.Minute):
			t.Fatal("it goes on after the end of its context")
		}
	}
}
