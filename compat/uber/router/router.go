// Package router hands out Thrift clients by key: that of the service in this process, or
// one of the node that owns the key.
package router

import (
	"sync"

	"github.com/uber/tchannel-go"
	"github.com/uber/tchannel-go/thrift"

	"github.com/uber/ringpop-go"
	"github.com/uber/ringpop-go/events"
	"github.com/uber/ringpop-go/swim"
)

// Router hands out clients. Its methods may be called concurrently.
type Router interface {
	// GetClient returns the client for a key, and whether it is of another node.
	GetClient(key string) (client interface{}, isRemote bool, err error)
	// GetNClients returns the clients of up to n nodes, the owner of the key first.
	GetNClients(key string, n int) (clients []ClientResult, err error)
}

// ClientFactory makes clients of the application's service.
type ClientFactory interface {
	// GetLocalClient returns the one that calls this process.
	GetLocalClient() interface{}
	// MakeRemoteClient returns one that calls another node.
	MakeRemoteClient(client thrift.TChanClient) interface{}
}

// ClientResult is a client and of which node it is.
type ClientResult struct {
	HostPort string
	Client   interface{}
	IsRemote bool
}

// New returns a router that keeps a client for each node, until that is faulty or has left.
func New(rp ringpop.Interface, f ClientFactory, ch *tchannel.Channel) Router {
	r := &router{ringpop: rp, factory: f, channel: ch, clients: make(map[string]ClientResult)}
	rp.AddListener(r)
	return r
}

type router struct {
	ringpop ringpop.Interface
	factory ClientFactory
	channel *tchannel.Channel

	mu      sync.Mutex
	clients map[string]ClientResult // by address
}

// HandleEvent drops the clients of nodes that are gone.
func (r *router) HandleEvent(event events.Event) {
	changed, ok := event.(swim.MemberlistChangesReceivedEvent)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range changed.Changes {
		if c.Status == swim.Faulty || c.Status == swim.Leave {
			delete(r.clients, c.Address)
		}
	}
}

func (r *router) GetClient(key string) (client interface{}, isRemote bool, err error) {
	owner, err := r.ringpop.Lookup(key)
	if err != nil {
		return nil, false, err
	}
	c, err := r.client(owner)
	return c.Client, c.IsRemote, err
}

func (r *router) GetNClients(key string, n int) (clients []ClientResult, err error) {
	owners, err := r.ringpop.LookupN(key, n)
	if err != nil {
		return nil, err
	}
	for _, owner := range owners {
		c, err := r.client(owner)
		if err != nil {
			return nil, err
		}
		clients = append(clients, c)
	}
	return clients, nil
}

func (r *router) client(address string) (ClientResult, error) {
	self, err := r.ringpop.WhoAmI()
	if err != nil {
		return ClientResult{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.clients[address]; ok {
		return c, nil
	}
	c := ClientResult{HostPort: address, IsRemote: address != self}
	if c.IsRemote {
		c.Client = r.factory.MakeRemoteClient(thrift.NewClient(r.channel, r.channel.ServiceName(), &thrift.ClientOptions{HostPort: address}))
	} else {
		c.Client = r.factory.GetLocalClient()
	}
	r.clients[address] = c
	return c, nil
}
