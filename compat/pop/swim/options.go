package swim

import (
	"errors"
	"time"

	"github.com/ringmend/ringmend/compat/pop/discovery"
)

// BootstrapOptions are the settings of one bootstrap. Zero stands for the default.
type BootstrapOptions struct {
	// DiscoverProvider lists the hosts to join. Required.
	DiscoverProvider discovery.DiscoverProvider
	// Stopped keeps the protocol periods from beginning afterwards.
	Stopped bool
	// JoinTimeout is how long one host may take to answer. Default: 1 s.
	JoinTimeout time.Duration
	// JoinSize is how many hosts must be joined. Default: 3, or as many as there are.
	JoinSize int
	// MaxJoinDuration bounds the whole. Default: 2 min.
	MaxJoinDuration time.Duration
	// ParallelismFactor times the number of hosts that are missing is how many are asked
	// at once. Default: 2.
	ParallelismFactor int
}

// Errors of self eviction, and of requests that come too early.
var (
	ErrDuplicateHook          = errors.New("hook already registered")
	ErrSelfEvictionInProgress = errors.New("ringpop is already executing a self-eviction")
	ErrNodeNotReady           = errors.New("node is not ready to handle requests")
)

// SelfEvictHook is called around a self eviction.
type SelfEvictHook interface {
	// PreEvict is called before the node evicts itself.
	PreEvict()
	// PostEvict is called after it has.
	PostEvict()
}

// SelfEvict is what takes a node out of its cluster in good order.
type SelfEvict interface {
	RegisterSelfEvictHook(hooks SelfEvictHook) error
	SelfEvict() error
}

// SelfEvictOptions are settings of self eviction: the share of the members that are told
// at once.
type SelfEvictOptions struct {
	PingRatio float64
}

// StateTimeouts are how long a member is suspect, faulty and a tombstone.
type StateTimeouts struct {
	Suspect   time.Duration
	Faulty    time.Duration
	Tombstone time.Duration
}
