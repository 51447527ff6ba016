package ringpop

import (
	"errors"
	"time"

	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/compat/pop"
	"github.com/uber/ringpop-go/events"
	"github.com/uber/ringpop-go/forward"
	"github.com/uber/ringpop-go/shared"
	"github.com/uber/ringpop-go/swim"
)

// Interface is what a Ringpop can do.
type Interface interface {
	AddListener(events.EventListener) bool
	RemoveListener(events.EventListener) bool
	RegisterListener(events.EventListener)
	Destroy()
	App() string
	WhoAmI() (string, error)
	Uptime() (time.Duration, error)
	Bootstrap(opts *swim.BootstrapOptions) ([]string, error)
	Checksum() (uint32, error)
	Lookup(key string) (string, error)
	LookupN(key string, n int) ([]string, error)
	GetReachableMembers(predicates ...swim.MemberPredicate) ([]string, error)
	CountReachableMembers(predicates ...swim.MemberPredicate) (int, error)

	HandleOrForward(key string, request []byte, response *[]byte, service, endpoint string, format tchannel.Format, opts *forward.Options) (bool, error)
	Forward(dest string, keys []string, request []byte, service, endpoint string, format tchannel.Format, opts *forward.Options) ([]byte, error)

	Labels() (*swim.NodeLabels, error)
	RegisterSelfEvictHook(hooks swim.SelfEvictHook) error
	SelfEvict() error

	forkInterface
}

// Ringpop is a node of a cluster on a channel of the application's. Its methods may be
// called concurrently.
type Ringpop struct {
	*pop.Ring

	config     *config
	channel    shared.TChannel
	subChannel shared.SubChannel
	forwarder  *forward.Forwarder
	stats      *stats // nil without a Statter
}

var errChannel = errors.New("channel is required")

// New checks the options. The address is asked for, and the node made, at the first
// bootstrap.
func New(app string, opts ...Option) (*Ringpop, error) {
	rp := &Ringpop{config: newConfig(app)}
	for _, option := range opts {
		if err := option(rp); err != nil {
			return nil, err
		}
	}
	if rp.channel == nil {
		return nil, errChannel
	}
	if rp.config.address == nil {
		rp.config.address = rp.channelAddress
	}
	rp.Ring = pop.New(rp.options())
	rp.subChannel = rp.channel.GetSubChannel("ringpop", tchannel.Isolated)
	rp.forwarder = forward.NewForwarder(rp, rp.subChannel)
	rp.forwarder.AddListener(rp)
	return rp, nil
}

// Destroy ends the node without telling the other members: see SelfEvict. The channel
// stays open.
func (rp *Ringpop) Destroy() {
	rp.Ring.Destroy()
	if rp.stats != nil {
		rp.stats.close()
	}
}

// channelAddress returns the address on which the channel listens.
func (rp *Ringpop) channelAddress() (string, error) {
	address := rp.channel.PeerInfo()
	if address.IsEphemeralHostPort() {
		return "", ErrEphemeralAddress
	}
	return address.HostPort, nil
}

// HandleOrForward reports whether this node owns the key and must handle the request. If
// not, it sends the request to the owner and writes the answer to response.
func (rp *Ringpop) HandleOrForward(key string, request []byte, response *[]byte, service, endpoint string, format tchannel.Format, opts *forward.Options) (bool, error) {
	owner, err := rp.Lookup(key)
	if err != nil {
		return false, err
	}
	address, err := rp.WhoAmI()
	if err != nil {
		return false, err
	}
	if owner == address {
		return true, nil
	}
	answer, err := rp.forwarder.ForwardRequest(request, owner, service, endpoint, []string{key}, format, opts)
	*response = answer
	return false, err
}

// Forward sends a request to a node and returns its answer. If that fails it tries again,
// with the owner that the keys have by then.
func (rp *Ringpop) Forward(dest string, keys []string, request []byte, service, endpoint string, format tchannel.Format, opts *forward.Options) ([]byte, error) {
	return rp.forwarder.ForwardRequest(request, dest, service, endpoint, keys, format, opts)
}
