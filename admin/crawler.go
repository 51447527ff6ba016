package admin

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

const (
	// DefaultConcurrency is how many nodes are asked at the same time.
	DefaultConcurrency = 64
	// MaxConcurrency is how many calls are outstanding at most, those to nodes
	// that swallow them included.
	MaxConcurrency = 1024
	// DefaultWithin is how long a look takes at most.
	DefaultWithin = 30 * time.Second
	// MaxNodes is how many nodes a crawl asks at most. A node that invents members
	// could otherwise keep it dialling strangers forever.
	MaxNodes = wire.MaxChanges
)

const (
	// minGrace is how long a look waits for nodes that are held down. The other side
	// of a split is held down too, so it must be long enough to connect to a node on
	// another continent and be answered.
	minGrace = 500 * time.Millisecond
	// minPatience is how long no node may answer before the outstanding calls are
	// taken for swallowed.
	minPatience = 100 * time.Millisecond
)

// ErrNotAsked is wrapped by the errors of nodes that the look ended without asking.
var ErrNotAsked = errors.New("not asked in time")

// CrawlOptions say how a [Crawler] looks. The zero value is a good choice.
type CrawlOptions struct {
	// Concurrency is how many nodes are asked at a time. It doubles, up to
	// MaxConcurrency, whenever none of them answers for a while: nodes that swallow
	// packets must not keep the others from being asked. Default:
	// [DefaultConcurrency].
	Concurrency int
	// MaxConcurrency is how many calls may be outstanding. Each needs a file
	// descriptor. Default, and maximum: [MaxConcurrency].
	MaxConcurrency int
	// Within is how long a look may take. Default: [DefaultWithin].
	Within time.Duration
	// Resolve returns the addresses of a host name. Default: the system's resolver.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
}

func (o CrawlOptions) withDefaults() CrawlOptions {
	if o.MaxConcurrency <= 0 {
		o.MaxConcurrency = MaxConcurrency
	}
	o.MaxConcurrency = min(o.MaxConcurrency, MaxConcurrency)
	if o.Concurrency <= 0 {
		o.Concurrency = DefaultConcurrency
	}
	o.Concurrency = min(o.Concurrency, o.MaxConcurrency)
	if o.Within <= 0 {
		o.Within = DefaultWithin
	}
	if o.Resolve == nil {
		o.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	return o
}

// A Crawler looks at a cluster: it asks the nodes it is given, every member that
// they list, the members that those list, and so on. Members of every status are
// asked: to the nodes of one side of a split, those of the others are faulty.
//
// A look waits for the members that any node holds alive or suspect, and for the
// nodes it was given unless they are held down. The other members are asked aside:
// they delay the look by half a second at most, or by twice the slowest answer. When
// one of them answers, the look waits for the members that it holds up in turn. Until
// a first node has answered, the look waits for all of them.
//
// From look to look a Crawler remembers which nodes did not answer in time. It asks
// them aside without waiting until they answer again, so a node that hangs delays
// one look only; a late answer makes it count from the next look on. It also starts
// from the members listed last, because the nodes it was given may be the ones that
// die.
//
// A Crawler must be closed, and must not be used concurrently.
type Crawler struct {
	client *Client
	opts   CrawlOptions

	ctx    context.Context // of the calls
	cancel context.CancelFunc

	answers     chan answer // with room for all that are outstanding
	outstanding map[question]call
	memory      map[question]memory
}

// question is a node to be asked, or a name to be resolved.
type question struct {
	address wire.Address
	resolve bool
}

// call is an outstanding question.
type call struct {
	since time.Time
	aside bool // not counted in the number of nodes asked at a time
}

// answer is the outcome of a question.
type answer struct {
	question
	stats     *wire.Stats
	addresses []wire.Address // of a name
	err       error
	took      time.Duration
}

// memory is what a Crawler knows about a question from earlier looks.
type memory struct {
	member    bool // a node listed it, or it answered, in the last look
	slow      bool // it did not answer in time
	err       error
	addresses []wire.Address
	last      *wire.Stats
	lastAt    time.Time
}

// NewCrawler returns a Crawler that asks by way of c.
func NewCrawler(c *Client, o CrawlOptions) *Crawler {
	o = o.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	return &Crawler{
		client: c, opts: o, ctx: ctx, cancel: cancel,
		answers:     make(chan answer, o.MaxConcurrency),
		outstanding: map[question]call{},
		memory:      map[question]memory{},
	}
}

// Close ends the calls that are outstanding. It does not wait for them.
func (c *Crawler) Close() { c.cancel() }

// Crawl looks once, until the deadline of ctx at the latest. Nodes that fail are part
// of the result, even if all of them do; the error is that of a cancelled ctx. A host
// name in first stands for all its addresses.
//
// Unless report is nil it is called after each node that answered or failed, with
// the number of those and of all nodes known so far. Crawl waits for it to return.
func (c *Crawler) Crawl(ctx context.Context, first []wire.Address, report func(asked, known int)) (*Cluster, error) {
	l := c.begin(first)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		l.ask()
		now := time.Now()
		if l.over(now) {
			break
		}
		timer.Reset(l.wakeAt(now).Sub(now))
		select {
		case a := <-c.answers:
			l.take(a)
			if report != nil {
				report(l.done, len(l.order))
			}
		case <-timer.C:
			l.wake(time.Now())
		case <-ctx.Done():
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil, context.Cause(ctx)
			}
			return l.end(time.Now()), nil
		}
	}
	return l.end(time.Now()), nil
}

// start asks a question.
func (c *Crawler) start(q question, aside bool) {
	begin := time.Now()
	c.outstanding[q] = call{begin, aside}
	go func() {
		a := answer{question: q}
		if q.resolve {
			a.addresses, a.err = c.resolve(c.ctx, q.address)
		} else {
			a.stats, a.err = c.client.Stats(c.ctx, q.address)
		}
		a.took = time.Since(begin)
		c.answers <- a
	}()
}

// remember stores an answer for later looks.
func (c *Crawler) remember(a answer) {
	delete(c.outstanding, a.question)
	m := c.memory[a.question]
	m.err = a.err
	m.slow = a.err != nil && a.took >= min(minGrace, c.client.timeout)
	if a.err == nil {
		m.addresses = a.addresses
		m.last, m.lastAt = a.stats, time.Now()
	}
	c.memory[a.question] = m
}

// lateAnswers stores the answers that came since the last look, and returns how long
// the slowest of them took.
func (c *Crawler) lateAnswers() (slowest time.Duration) {
	for {
		select {
		case a := <-c.answers:
			c.remember(a)
			if a.err == nil {
				slowest = max(slowest, a.took)
			}
		default:
			return slowest
		}
	}
}

// grace is how long to wait for nodes that are held down, given the slowest answer so
// far.
func (c *Crawler) grace(slowest time.Duration) time.Duration {
	return min(max(minGrace, 2*slowest), c.client.timeout)
}

func patience(slowest time.Duration) time.Duration { return max(minPatience, 2*slowest) }
