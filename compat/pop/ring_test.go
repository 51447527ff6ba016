package pop

import (
	"testing"

	"github.com/ringmend/ringmend/compat/pop/discovery/statichosts"
	"github.com/ringmend/ringmend/compat/pop/events"
	"github.com/ringmend/ringmend/compat/pop/swim"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/memnet"
)

// alone returns a ring whose node is the only one.
func alone(t *testing.T) *Ring {
	t.Helper()
	var network memnet.Network
	r := New(Options{
		App:       "test",
		Address:   func() (string, error) { return "127.0.0.1:3000", nil },
		Transport: func() (node.Transport, error) { return network.NewTransport(), nil },
	})
	t.Cleanup(r.Destroy)
	if _, err := r.Bootstrap(&swim.BootstrapOptions{DiscoverProvider: statichosts.New()}); err != nil {
		t.Fatal(err)
	}
	return r
}

// checksums is a listener that passes on the checksums of the ring.
type checksums chan events.RingChecksumEvent

func (c checksums) HandleEvent(e events.Event) {
	if e, ok := e.(events.RingChecksumEvent); ok {
		c <- e
	}
}

// Checksums of the ring are computed for listeners only, who are told those of before also
// when there was no listener at that time.
func TestChecksumsAreForListeners(t *testing.T) {
	n := alone(t).Node()
	ring, replica := n.Ring().Checksum(), n.Ring().ReplicaChecksum()
	asked := 0
	sum := func(value uint32) func() uint32 { return func() uint32 { asked++; return value } }
	r := New(Options{})
	listener := make(checksums)
	tell := func() (old, current [2]uint32) {
		r.translate(n, node.RingChanged{})
		e := <-listener
		return [2]uint32{e.OldChecksum, e.OldChecksums["replica"]}, [2]uint32{e.NewChecksum, e.NewChecksums["replica"]}
	}

	r.watch.ring = ringSums{sum(1), sum(2)}
	r.translate(n, node.RingChanged{})
	if asked != 0 {
		t.Errorf("%d checksums were computed without a listener", asked)
	}
	r.AddListener(listener)
	want := [2]uint32{ring, replica}
	if old, current := tell(); old != want || current != want {
		t.Errorf("after a change without a listener: %v and %v, want %v", old, current, want)
	}
	r.watch.ring = ringSums{sum(1), sum(2)}
	if old, current := tell(); old != [2]uint32{1, 2} || current != want {
		t.Errorf("%v and %v, want [1 2] and %v", old, current, want)
	}
}

func TestLookupsWithoutListenersMakeNoEvents(t *testing.T) {
	r := alone(t)
	if n := testing.AllocsPerRun(10_000, func() { _, _ = r.Lookup("key") }); n != 0 {
		t.Errorf("%v allocations without a listener", n)
	}
}
