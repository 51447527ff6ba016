// Package replica sends a request to several of the nodes that its keys belong to, and says
// whether enough of them have answered.
package replica

import (
	"errors"
	"math/rand/v2"
	"sync"

	"github.com/uber-common/bark"
	"github.com/uber/tchannel-go"

	"github.com/uber/ringpop-go/forward"
	"github.com/uber/ringpop-go/logging"
	"github.com/uber/ringpop-go/shared"
	"github.com/uber/ringpop-go/util"
)

// FanoutMode says in which order the nodes are asked.
type FanoutMode int

// The orders.
const (
	// Parallel asks all at once.
	Parallel FanoutMode = iota
	// SerialSequential asks one after the other, the owner of the key first.
	SerialSequential
	// SerialBalanced asks one after the other, in random order.
	SerialBalanced
)

// Options are settings for one request. A number that is zero stands for the replicator's.
type Options struct {
	// NValue is how many nodes a key belongs to: its owner and those after it. Default: 3.
	NValue int
	// RValue and WValue are how many of them have to answer a read and a write. Defaults:
	// 1 and 3.
	RValue, WValue int
	// FanoutMode is in which order they are asked. All are asked in each.
	FanoutMode FanoutMode
}

var defaults = Options{NValue: 3, RValue: 1, WValue: 3}

func (o *Options) or(other Options) Options {
	if o == nil {
		return other
	}
	return Options{
		NValue:     util.SelectInt(o.NValue, other.NValue),
		RValue:     util.SelectInt(o.RValue, other.RValue),
		WValue:     util.SelectInt(o.WValue, other.WValue),
		FanoutMode: o.FanoutMode,
	}
}

// Response is what one node has answered, for the keys that belong to it.
type Response struct {
	Destination string
	Keys        []string
	Body        []byte
}

// Sender says where requests go: a Ringpop.
type Sender interface {
	// Lookup returns the address of the node that owns a key.
	Lookup(string) (string, error)
	// LookupN returns the addresses of up to n nodes that a key belongs to.
	LookupN(string, int) ([]string, error)
	// WhoAmI returns the address of this node.
	WhoAmI() (string, error)
}

// Why a request has failed, with ringpop-go's texts.
var (
	errQuorum       = errors.New("rw value cannot exceed n value")
	errDestinations = errors.New("rw value not satisfied by destination")
	errResponses    = errors.New("rw value not satisfied")
)

// Replicator sends requests to several nodes. Its methods may be called concurrently.
type Replicator struct {
	sender    Sender
	service   string
	forwarder *forward.Forwarder
	defaults  Options
}

// NewReplicator returns a replicator that calls the service of a channel. The logger is not
// used.
func NewReplicator(s Sender, channel shared.SubChannel, _ bark.Logger, opts *Options) *Replicator {
	return &Replicator{
		sender:    s,
		service:   channel.ServiceName(),
		forwarder: forward.NewForwarder(s, channel),
		defaults:  opts.or(defaults),
	}
}

// Read sends a request to the nodes of its keys. It returns the answers, and an error when
// they are fewer than RValue.
func (r *Replicator) Read(keys []string, request []byte, operation string, fopts *forward.Options, opts *Options) (responses []Response, err error) {
	o := opts.or(r.defaults)
	return r.send(o.RValue, o, call{keys, request, operation, fopts})
}

// Write does so with WValue. When there are too few answers some nodes may have executed it
// nevertheless.
func (r *Replicator) Write(keys []string, request []byte, operation string, fopts *forward.Options, opts *Options) (responses []Response, err error) {
	o := opts.or(r.defaults)
	return r.send(o.WValue, o, call{keys, request, operation, fopts})
}

// call is what all nodes are sent.
type call struct {
	keys      []string
	request   []byte
	operation string
	opts      *forward.Options
}

func (r *Replicator) send(need int, o Options, c call) ([]Response, error) {
	if need > o.NValue {
		return nil, errQuorum
	}
	nodes, keys := r.destinations(c.keys, o.NValue)
	if len(nodes) < need {
		return nil, errDestinations
	}
	if o.FanoutMode == SerialBalanced {
		rand.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	}
	answers := make([]*Response, len(nodes)) // nil where there is none
	var all sync.WaitGroup
	for i, node := range nodes {
		ask := func() { answers[i] = r.ask(node, keys[node], c) }
		switch o.FanoutMode {
		case SerialSequential, SerialBalanced:
			ask()
		default:
			all.Go(ask)
		}
	}
	all.Wait()
	var responses []Response
	for _, a := range answers {
		if a != nil {
			responses = append(responses, *a)
		}
	}
	if len(responses) < need {
		return responses, errResponses
	}
	return responses, nil
}

// destinations returns the nodes that keys belong to, in the order in which they are found,
// and the keys of each.
func (r *Replicator) destinations(keys []string, n int) (nodes []string, keysOf map[string][]string) {
	keysOf = make(map[string][]string)
	for _, key := range keys {
		found, err := r.sender.LookupN(key, n)
		if err != nil {
			continue // a key that belongs to none: send counts the nodes
		}
		for _, node := range found {
			if keysOf[node] == nil {
				nodes = append(nodes, node)
			}
			keysOf[node] = append(keysOf[node], key)
		}
	}
	return nodes, keysOf
}

// ask returns the answer of a node, or nil if it fails: what counts is how many answer.
func (r *Replicator) ask(node string, keys []string, c call) *Response {
	body, err := r.forwarder.ForwardRequest(c.request, node, r.service, c.operation, keys, noFormat, c.opts)
	if err != nil {
		logger.WithFields(bark.Fields{"destination": node, "error": err}).Warn("a replica has not answered")
		return nil
	}
	return &Response{Destination: node, Keys: keys, Body: body}
}

// noFormat leaves open what a request is, since the application does not say.
const noFormat tchannel.Format = ""

var logger = logging.Logger("replicator")
