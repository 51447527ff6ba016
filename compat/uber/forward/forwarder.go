package forward

import (
	"cmp"
	"sync/atomic"
	"time"

	"github.com/uber/tchannel-go"
	"github.com/uber/tchannel-go/thrift"

	"github.com/uber/ringpop-go/events"
	"github.com/uber/ringpop-go/shared"
)

// Sender says where requests go: a Ringpop.
type Sender interface {
	// WhoAmI returns the address of this node.
	WhoAmI() (string, error)
	// Lookup returns the address of the node that owns a key.
	Lookup(string) (string, error)
}

// Options are settings for one request. Zero stands for the default.
type Options struct {
	// Ctx is the context of the request. Default: one without headers.
	Ctx thrift.Context
	// MaxRetries is how often a request that has failed is sent again. Default: 3.
	MaxRetries int
	// RerouteRetries sends it to another node then, if that owns the keys by now.
	// Otherwise it goes to the same one. When the keys have several owners by then, the
	// request fails.
	RerouteRetries bool
	// RetrySchedule is how long to wait before each of these; the last one counts for
	// all further ones. Default: 3, 6 and 12 s.
	RetrySchedule []time.Duration
	// Timeout bounds one try. Default: 3 s.
	Timeout time.Duration
	// Headers are the second argument of the call, in its format.
	Headers []byte
}

func (o *Options) orDefaults() Options {
	var with Options
	if o != nil {
		with = *o
	}
	with.MaxRetries = cmp.Or(with.MaxRetries, 3)
	with.Timeout = cmp.Or(with.Timeout, 3*time.Second)
	if with.RetrySchedule == nil {
		with.RetrySchedule = []time.Duration{3 * time.Second, 6 * time.Second, 12 * time.Second}
	}
	return with
}

// Forwarder sends requests to other nodes. Its methods may be called concurrently.
type Forwarder struct {
	events.AsyncEventEmitter

	sender   Sender
	channel  shared.SubChannel
	inflight atomic.Int64
}

// NewForwarder returns a forwarder that sends over a channel.
func NewForwarder(s Sender, ch shared.SubChannel) *Forwarder {
	return &Forwarder{sender: s, channel: ch}
}

// ForwardRequest sends a request to a node and returns its answer. When the call fails, as
// opposed to the handler on the other side, it may be sent again; then it may have been
// executed more than once.
func (f *Forwarder) ForwardRequest(request []byte, destination, service, endpoint string, keys []string, format tchannel.Format, opts *Options) ([]byte, error) {
	f.EmitEvent(RequestForwardedEvent{})
	f.count(1)
	defer f.count(-1)
	r := requestSender{
		forwarder: f, request: request, destination: destination, service: service, endpoint: endpoint,
		keys: keys, format: format, opts: opts.orDefaults(),
	}
	answer, err := r.send()
	if err != nil {
		f.EmitEvent(FailedEvent{})
		return nil, err
	}
	f.EmitEvent(SuccessEvent{})
	return answer, nil
}

func (f *Forwarder) count(by int64) {
	f.EmitEvent(InflightRequestsChangedEvent{f.inflight.Add(by)})
}
