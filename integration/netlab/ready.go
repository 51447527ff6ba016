package netlab

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// Ready reports whether a node takes part in the protocol. One that still joins may
// know everybody already, and everybody it; but it refuses pings, and so it is held
// suspect, and faulty in the end, if it is cut off from who it has yet to join.
//
// The node is sent a ping of another application, which changes nothing: it refuses
// that for being of another application, unless it refuses all pings.
func Ready(ctx context.Context, client *tchan.Transport, address string) bool {
	body, err := new(wire.Encoder).Encode(&wire.Ping{Source: "127.0.0.1:1", SourceIncarnation: 1, App: "not that of any cluster"})
	if err != nil {
		panic(err) // it is always the same
	}
	_, err = client.Call(ctx, address, wire.EndpointPing, body)
	refused := new(tchan.RemoteError)
	return errors.As(err, &refused) && !strings.Contains(refused.Message, "not ready")
}

// Ready reports whether all nodes take part in the protocol; see the function.
func (s *Nodes) Ready() bool {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	var unready atomic.Bool
	var asking sync.WaitGroup
	for _, address := range s.addresses {
		asking.Go(func() {
			if !Ready(ctx, s.client, address) {
				unready.Store(true)
			}
		})
	}
	asking.Wait()
	return !unready.Load()
}
