package watch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/guard/plan"
	"github.com/ringmend/ringmend/node/wire"
)

// Watcher watches a ring.
type Watcher struct {
	cfg    Config
	tally  *tally
	caller *caller
	runner *caller // of the scouts
	state  atomic.Pointer[State]

	approve chan bool

	// Of the goroutine that runs.
	healer   *plan.Healer
	crawler  *admin.Crawler
	hosts    []wire.Address
	given    map[wire.Address]bool // hosts, and the addresses of those that are names
	namedAt  time.Time             // when given was made
	seen     *State                // the last that showed something
	approved bool
	learnt   string // the name of the ring's app
	acting   int    // calls of actions under way
	news     int    // looks to be made soon, because something was done
	scouts   *scouts
	ended    chan func()
	working  sync.WaitGroup
}

// maxActing is how many attempts and other actions go on at the same time.
const maxActing = 256

// New returns a watcher. The error wraps [ErrConfig].
func New(c Config) (*Watcher, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	seed := c.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	w := &Watcher{
		cfg:     c,
		tally:   &tally{calls: make(Calls)},
		approve: make(chan bool, 1),
		given:   make(map[wire.Address]bool),
		ended:   make(chan func(), maxActing),
	}
	w.caller, w.runner = newCaller(&c, c.Caller, w.tally), newCaller(&c, c.Scout, w.tally)
	w.runner.timeout = min(c.Timeout, rescueTimeout)
	w.healer = plan.NewHealer(rand.New(rand.NewPCG(seed, 0)), func(a wire.Address) bool { return w.given[a] })
	w.scouts = newScouts(&c, w.runner.client, rand.New(rand.NewPCG(seed, 1)))
	return w, nil
}

// State returns what the last look showed, nil before the first. It may be called at any
// time.
func (w *Watcher) State() *State { return w.state.Load() }

// Calls returns how many calls were made. It may be called at any time.
func (w *Watcher) Calls() Calls { return w.tally.counts() }

// Approve says yes to what is planned, in mode [Ask], or takes it back. A yes lasts until
// the ring is one. It may be called at any time.
func (w *Watcher) Approve(yes bool) {
	select {
	case <-w.approve: // an older answer
	default:
	}
	select {
	case w.approve <- yes:
	default:
	}
}

// Run watches until ctx ends, and returns when all calls have ended. It may be called
// once.
func (w *Watcher) Run(ctx context.Context) {
	w.crawler = w.newCrawler()
	defer func() { w.crawler.Close() }()
	defer w.working.Wait()
	w.working.Go(func() { w.scouts.run(ctx) })
	for ctx.Err() == nil {
		every := w.look(ctx)
		w.until(ctx, time.Now().Add(every))
	}
}

func (w *Watcher) newCrawler() *admin.Crawler {
	return admin.NewCrawler(w.caller.client, admin.CrawlOptions{Within: maxLook, Resolve: w.cfg.Resolve})
}

// maxLook is how long a look may take.
const maxLook = 20 * time.Second

// until does what there is to do between two looks.
func (w *Watcher) until(ctx context.Context, look time.Time) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-w.scouts.found:
			w.back(ctx)
			return
		default:
		}
		if w.news > 0 { // something was done: see what became of it
			if soon := time.Now().Add(w.afterNews()); soon.Before(look) {
				look = soon
			}
			w.news--
		}
		w.attempt(ctx)
		now := time.Now()
		if !now.Before(look) {
			return
		}
		wake := look
		if at, ok := w.nextAttempt(); ok && at.Before(wake) {
			wake = at
		}
		timer.Reset(max(wake.Sub(now), time.Millisecond))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case done := <-w.ended:
			done()
		case <-w.scouts.found:
			w.back(ctx)
			return
		case yes := <-w.approve:
			w.approved = yes
			w.cfg.Logger.Info("told whether to act", "yes", yes)
			return
		}
	}
}

// afterNews returns when to look at what became of something that was done. How long the last
// look took says little: it may have waited for members that swallow packets.
func (w *Watcher) afterNews() time.Duration {
	return max(afterNews, min(duty*w.seen.Took, time.Duration(len(w.seen.Cluster.Nodes))*perMemberSplit))
}

const afterNews = 150 * time.Millisecond

// back does what there is to do when a member answers that did not before.
func (w *Watcher) back(ctx context.Context) {
	// What the crawler remembers is that it does not answer.
	w.crawler.Close()
	w.crawler = w.newCrawler()
	ended := w.scouts.recall()
	w.healer.Swallowed(w.scouts.swallowed.Load())
	told := w.rescue(ctx, ended)
	// A look at the same time would show what the members that are told believed before.
	timer := time.NewTimer(rescueLook)
	defer timer.Stop()
	select {
	case <-told:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// rescueLook is how long a look waits for a rescue. One of those told may be dead.
const rescueLook = 100 * time.Millisecond

// ErrNoHosts is wrapped by the error of a look that had no node to ask.
var ErrNoHosts = errors.New("no hosts to ask")

// ErrUnanswered is wrapped by the error of a look that no node answered.
var ErrUnanswered = errors.New("no node answered")

// look looks once, does what follows from it, and returns when to look again.
func (w *Watcher) look(ctx context.Context) time.Duration {
	began := time.Now()
	within, interrupt := context.WithCancel(ctx)
	defer interrupt()
	defer w.scouts.looking(interrupt)()
	cluster, err := w.crawl(within)
	now := time.Now()
	if within.Err() != nil {
		return 0
	}
	s := &State{At: now, Took: now.Sub(began), Err: err, Mode: w.cfg.Mode, Every: w.cfg.Every}
	if err == nil {
		s.Cluster, s.SeenAt = cluster, now
		s.Verdict = admin.VerdictOf(cluster)
		w.healer.Looked(now, s.Verdict)
		w.scouts.saw(now, s.Verdict, w.healer.Scattered())
		if s.Verdict.Condition != admin.Split && s.Verdict.Condition != admin.Unknown {
			w.approved = false
		}
		s.Every = w.cfg.pace(len(cluster.Nodes), s.Took, len(w.healer.Pairs()) > 0)
		w.seen = s
	} else if w.seen != nil {
		s.Cluster, s.Verdict, s.SeenAt = w.seen.Cluster, w.seen.Verdict, w.seen.SeenAt
	}
	s.App = w.app(ctx, s)
	if err == nil {
		w.reincarnate(ctx)
		w.reconnect(ctx, w.healer.Joined(now))
		w.describe(s)
	}
	s.Approved = w.approved
	w.state.Store(s)
	w.cfg.Looked(s)
	return s.Every
}

// crawl asks all nodes.
func (w *Watcher) crawl(ctx context.Context) (*admin.Cluster, error) {
	hosts, err := w.cfg.Hosts(ctx)
	switch {
	case err == nil && len(hosts) > 0:
		w.hosts = hosts
		w.name(ctx)
	case len(w.hosts) == 0 && err != nil:
		return nil, fmt.Errorf("%w: %w", ErrNoHosts, err)
	case len(w.hosts) == 0:
		return nil, ErrNoHosts
	case err != nil:
		w.cfg.Logger.Warn("the hosts cannot be listed, those of before are asked", "error", err)
	}
	first := w.hosts
	if w.seen != nil { // a new crawler does not remember them
		first = append(first[:len(first):len(first)], w.seen.Verdict.Up...)
	}
	cluster, err := w.crawler.Crawl(ctx, first, nil)
	switch {
	case err != nil:
		return nil, err
	case !cluster.Answered():
		return nil, unanswered(cluster)
	}
	return cluster, nil
}

// nameEvery is how often names are looked up to know which nodes the operator has named.
// (Looks look them up by themselves.)
const nameEvery = 10 * time.Second

// name records which nodes the operator has named: the hosts, with all addresses of DNS
// names.
func (w *Watcher) name(ctx context.Context) {
	if !w.namedAt.IsZero() && time.Since(w.namedAt) < nameEvery {
		return
	}
	w.namedAt = time.Now()
	given := make(map[wire.Address]bool)
	for _, host := range w.hosts {
		given[host] = true
		for _, address := range w.crawler.Addresses(ctx, host) {
			given[address] = true
		}
	}
	w.given = given
}

func unanswered(c *admin.Cluster) error {
	failed := c.Failed()
	if len(failed) == 0 {
		return ErrUnanswered
	}
	if len(failed) == 1 {
		return fmt.Errorf("%w: %w", ErrUnanswered, failed[0].Err)
	}
	return fmt.Errorf("%w, of %d that were asked; the first: %w", ErrUnanswered, len(failed), failed[0].Err)
}

// app returns the name of the ring's app, as the first node says that answers.
func (w *Watcher) app(ctx context.Context, s *State) string {
	if w.cfg.App != "" {
		return w.cfg.App
	}
	if s.Err == nil && len(s.Verdict.Sides) > 0 {
		app, err := w.caller.appOf(ctx, s.Verdict.Sides[0].Nodes[0])
		if err == nil {
			w.learnt = app
		} else {
			w.cfg.Logger.Debug("the app is not known", "error", err)
		}
	}
	return w.learnt
}

// mayAct reports whether the watcher may do more than look.
func (w *Watcher) mayAct() bool {
	return w.cfg.Mode == Heal || w.cfg.Mode == Ask && w.approved
}

// describe adds to a state what is planned.
func (w *Watcher) describe(s *State) {
	number := make(map[wire.Address]int)
	for i := range s.Verdict.Sides {
		number[s.Verdict.Sides[i].Nodes[0]] = i
	}
	pairs := w.healer.Pairs()
	for i := range pairs {
		p := &pairs[i]
		pair := Pair{A: number[p.A.Nodes[0]], B: number[p.B.Nodes[0]], Relation: p.Relation.String()}
		for _, r := range p.Rebirths() {
			pair.Rebirths = append(pair.Rebirths, r.Member)
		}
		if err := w.healer.Trouble(p); err != nil {
			pair.Trouble = err.Error()
		}
		s.Pairs = append(s.Pairs, pair)
	}
	s.Short = w.healer.Short()
}
