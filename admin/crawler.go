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
	// could otherwise keep it busy for ever, dialling strangers.
	MaxNodes = wire.MaxChanges
)

const (
	// minGrace is how long a look waits for nodes of which no answer is expected.
	// Those of another side of a split are such nodes, and theirs matter most: it
	// is enough to connect and be answered across the world.
	minGrace = 500 * time.Millisecond
	// minPatience is how long nothing may be heard of anybody before the calls
	// that are outstanding count as swallowed.
	minPatience = 100 * time.Millisecond
)

// ErrNotAsked is wrapped by the errors of nodes that were heard of, and not asked
// before the look was over.
var ErrNotAsked = errors.New("not asked in time")

// CrawlOptions say how a [Crawler] looks. The zero value is a good choice.
type CrawlOptions struct {
	// Concurrency is how many nodes are asked at a time. When for a while none of
	// them answers, so many more are, again and again up to MaxConcurrency: what
	// swallows packets must not keep the others from being asked. Default:
	// [DefaultConcurrency].
	Concurrency int
	// MaxConcurrency bounds that. Each call needs a file descriptor. Default, and
	// at most: [MaxConcurrency].
	MaxConcurrency int
	// Within bounds a look. Default: [DefaultWithin].
	Within time.Duration
	// Resolve finds the addresses of a host name. Default: that of the system's
	// resolver.
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

// A Crawler looks at a cluster: it asks the first nodes, every member that they
// list, the members that those list, and so on. Members of every status are
// asked: to the nodes of one side of a split, those of the others are faulty.
//
// A look is over when all have answered or failed of whom an answer is to be
// expected: those that somebody holds alive or suspect, and those that were named
// and that nobody holds down. The others are asked aside: they delay a look by
// half a second at most, or by twice what the slowest answer took. If one of them
// answers after all, it is waited for whom it holds up. While nobody has answered,
// all are waited for.
//
// A Crawler that looks again remembers who kept it waiting in vain. It asks these
// aside, until they answer, and does not wait for them at all; so a node that
// hangs delays the first look only. The answer counts from the next look on.
// It begins with the members that were listed last, too: the nodes that were
// named may be the ones that die.
//
// A Crawler must be closed, and is for one goroutine at a time.
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

// call is a question that was asked and not answered yet.
type call struct {
	since time.Time
	aside bool // it does not count as one of those that are asked at a time
}

// answer is what came of a question.
type answer struct {
	question
	stats     *wire.Stats
	addresses []wire.Address // that a name stands for
	err       error
	took      time.Duration
}

// memory is what a Crawler knows of a node, or of a name, from earlier looks.
type memory struct {
	member    bool // it is listed, or answered when it was
	slow      bool // it kept a look waiting in vain
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

// Crawl looks once, at the latest until the deadline of ctx if there is one. Nodes
// that fail are part of the result, even if all of them do; the error is that of a
// ctx that was cancelled. Where first has the name of a host, that stands for all
// its addresses.
//
// Unless report is nil it is called after each node that answered or failed, with
// their number and that of the nodes known so far. Crawl waits for it to return.
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

// remember keeps what an answer says for the looks to come.
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

// lateAnswers takes in what was answered since the last look, and returns how long
// the slowest of these answers took.
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

// grace is how long those are waited for of whom no answer is expected, when the
// slowest answer so far took so long.
func (c *Crawler) grace(slowest time.Duration) time.Duration {
	return min(max(minGrace, 2*slowest), c.client.timeout)
}

func patience(slowest time.Duration) time.Duration { return max(minPatience, 2*slowest) }
