package nodelab

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// Ready reports whether a node has joined. A node that is still joining may already
// know all members, and be known by them, but it refuses pings. When it is cut off at
// that moment from a host it has yet to join, its own side suspects it and declares it
// faulty.
//
// The check is a ping from another application, which changes nothing: a node that is
// ready refuses it because of the application, and one that is not refuses every ping.
func Ready(ctx context.Context, client *tchan.Transport, address string) bool {
	body, err := new(wire.Encoder).Encode(&wire.Ping{Source: "127.0.0.1:1", SourceIncarnation: 1, App: "not that of any cluster"})
	if err != nil {
		panic(err) // it is always the same
	}
	_, err = client.Call(ctx, address, wire.EndpointPing, body)
	refused := new(tchan.RemoteError)
	return errors.As(err, &refused) && !strings.Contains(refused.Message, "not ready")
}

// Ready reports whether all nodes have joined; see the function [Ready].
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
