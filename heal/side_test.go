package heal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

var start = time.UnixMilli(1_700_000_000_000)

// side is a node of one side of a partition, with its healer. The test
// carries its calls.
type side struct {
	*swim.Node
	healer *Healer
	calls  *swim.Calls
	out    *swim.Effects
}

func newSide(t interface{ Fatal(...any) }, address wire.Address, members ...wire.Change) *side {
	s := &side{out: new(swim.Effects)}
	cfg := swim.DefaultConfig("test", address)
	rng := rand.New(rand.NewPCG(1, 2))
	s.calls = swim.NewCalls(s.out)
	s.Node = swim.New(cfg, start, rng, s.out, s.calls)
	healing := DefaultConfig()
	if err := healing.Validate(); err != nil {
		t.Fatal(err)
	}
	s.healer = New(healing, s.Node, start, rng, s.out)
	s.Bootstrap()
	s.Node.Hosts(nil, nil)
	s.SetGossip(false)
	s.Update(members)
	*s.out = swim.Effects{}
	return s
}

func (s *side) take() swim.Effects {
	out := *s.out
	*s.out = swim.Effects{}
	return out
}

// deliver carries all calls of s to the node they are for; no other node answers.
func (s *side) deliver(to *side) {
	for _, call := range s.take().Calls {
		if call.Target != to.Address() {
			s.calls.Finish(call.ID, nil, errors.New("no answer"))
			continue
		}
		to.Request(0, call.Request)
		answer := to.take().Answers[0]
		s.calls.Finish(call.ID, answer.Response, answer.Err)
	}
}

// fail answers no call.
func (s *side) fail() {
	for _, call := range s.take().Calls {
		s.calls.Finish(call.ID, nil, errors.New("no answer"))
	}
}

func change(port int, status wire.Status, incarnation int64) wire.Change {
	return wire.Change{Address: addr(port), Status: status, Incarnation: start.UnixMilli() + incarnation}
}

func addr(port int) wire.Address { return wire.Address(fmt.Sprintf("127.0.0.1:%d", port)) }

// spreadAll lets s tell another member what it has to tell until it has nothing.
func (s *side) spreadAll(t interface{ Fatal(...any) }) {
	for range 1000 {
		if s.Pending() == 0 {
			return
		}
		s.Request(0, &wire.Ping{Source: addr(999), SourceIncarnation: 1, App: "test", Checksum: s.Checksum()})
		*s.out = swim.Effects{}
	}
	t.Fatal("changes are pending for ever")
}
