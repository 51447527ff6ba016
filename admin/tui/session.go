package tui

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gdamore/tcell/v2"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

const (
	// MinEvery is the shortest time between two looks.
	MinEvery = 100 * time.Millisecond
	// rateStep is what + and - change the time between two looks by.
	rateStep = time.Second
	// progressAfter is how long a look takes before a person wonders.
	progressAfter = time.Second
)

// progress is how far a look has come.
type progress struct{ asked, known int }

// Options say what a screen shows. Look and Every must be given.
type Options struct {
	// Title names the cluster.
	Title string
	// Look asks the cluster once. It must return soon after ctx ends, and may say
	// meanwhile how many of the nodes known so far it has asked.
	Look func(ctx context.Context, report func(asked, known int)) (*admin.Cluster, error)
	// Every is the time from the end of one look to the beginning of the next,
	// at least [MinEvery].
	Every time.Duration
	// Brief asks nodes what they tell of themselves, after a look, beside all else.
	// Default: they are not asked.
	Brief func(ctx context.Context, nodes []wire.Address) []admin.Briefing
	// Resolve returns what the resolvers of a cluster think, for the command resolve.
	// Default: there is no such command.
	Resolve func(ctx context.Context, cluster *admin.Cluster) (string, error)
	// Orders can be given to members. Default: none.
	Orders []Order
	// Rows is how many members are shown at a time, by [Top] only. Default: as
	// many as fit.
	Rows int
	// Dump writes a cluster to a file for the key d, and returns its name.
	// Default: the key does nothing.
	Dump func(cluster *admin.Cluster, at time.Time) (file string, err error)
	// Colour says whether colours are used.
	Colour bool
}

// Top shows every member as each partition sees it, until q is pressed or ctx
// ends. It initialises the screen and gives the terminal back. The error is that
// of the first look, or of the terminal: once there is something to show, it
// stays on the screen, whatever happens.
func Top(ctx context.Context, screen tcell.Screen, o Options) error {
	return run(ctx, screen, o, func(s *session) page { return s.top })
}

// Watch shows the partitions of a cluster and how they came and went. It begins
// and ends as [Top] does.
func Watch(ctx context.Context, screen tcell.Screen, o Options) error {
	return run(ctx, screen, o, func(s *session) page { return s.watch })
}

// page is one of the screens.
type page interface {
	// name returns the command that shows the page.
	name() string
	// draw draws everything.
	draw(screen tcell.Screen, f *frame)
	// key takes a key, or returns false to leave it to the session. The model is
	// the one that was drawn last.
	key(ev *tcell.EventKey) bool
}

// session is pages on a terminal, of which the last one is shown.
type session struct {
	screen tcell.Screen
	opts   Options
	theme  theme
	top    *topPage
	watch  *watchPage
	pages  []page
	prompt prompt // nil: the page has the keys

	model    model
	every    time.Duration
	paused   bool
	looking  bool
	asked    atomic.Pointer[progress] // by the look that is going on
	briefing bool                     // nodes are being asked

	message  string
	failed   bool // the message stays until Escape
	messages []string
	typed    commands

	ctx     context.Context
	looks   chan look
	results chan func() // of what runs beside the loop, to be called by it
	beside  sync.WaitGroup
	due     *time.Timer
}

func run(ctx context.Context, screen tcell.Screen, o Options, first func(*session) page) error {
	if err := screen.Init(); err != nil {
		return fmt.Errorf("using the terminal: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	t := theme{o.Colour}
	s := &session{
		screen: screen, opts: o, theme: t,
		top: newTopPage(t, o.Rows), watch: newWatchPage(t),
		every: max(o.Every, MinEvery),
		ctx:   ctx,
		looks: make(chan look, 1), results: make(chan func()),
		due: time.NewTimer(0),
	}
	s.pages = []page{first(s)}
	events, quit := make(chan tcell.Event), make(chan struct{})
	go screen.ChannelEvents(events, quit)
	defer func() {
		cancel()
		s.due.Stop()
		if s.looking {
			<-s.looks
		}
		s.beside.Wait()
		close(quit)
		screen.Fini()
		for range events { // closed after the last sender
		}
	}()
	return s.loop(ctx, events)
}

func (s *session) loop(ctx context.Context, events <-chan tcell.Event) error {
	clock := time.NewTicker(time.Second) // ages on the screen
	defer clock.Stop()
	for {
		s.draw(time.Now())
		select {
		case <-ctx.Done():
			return nil
		case ev, open := <-events:
			if !open || !s.handle(ctx, ev) {
				return nil
			}
		case <-s.due.C:
			s.look(ctx)
		case l := <-s.looks:
			s.looking = false
			switch {
			case ctx.Err() != nil:
				return nil // and that is why the look failed
			case l.err != nil && s.model.last.cluster == nil:
				return l.err
			}
			s.model.saw(l)
			s.schedule()
			s.brief()
			s.makeText()
		case apply := <-s.results:
			apply()
		case <-clock.C:
		}
	}
}

// run runs something beside the loop, which then calls what it returns.
func (s *session) run(do func(context.Context) func()) {
	s.beside.Go(func() {
		apply := do(s.ctx)
		select {
		case s.results <- apply:
		case <-s.ctx.Done():
		}
	})
}

// page returns the page that is shown.
func (s *session) page() page { return s.pages[len(s.pages)-1] }

func (s *session) draw(now time.Time) {
	s.screen.Clear()
	s.page().draw(s.screen, &frame{
		model: &s.model, title: s.page().name() + " " + s.opts.Title, now: now, every: s.every,
		paused: s.paused, looking: s.looking, asked: s.asked.Load(), message: s.message, alert: s.failed,
	})
	if s.prompt != nil {
		drawPrompt(s.screen, s.theme, s.prompt)
	}
	s.screen.Show()
}

// look asks the cluster in the background, unless that is being done.
func (s *session) look(ctx context.Context) {
	if s.looking {
		return
	}
	s.looking = true
	go func() {
		begin := time.Now()
		cluster, err := s.opts.Look(ctx, func(asked, known int) {
			if time.Since(begin) > progressAfter {
				s.asked.Store(&progress{asked, known})
			}
		})
		end := time.Now()
		s.asked.Store(nil)
		s.looks <- look{end, end.Sub(begin), cluster, err}
	}()
}

// briefed is how many nodes are asked what they tell of themselves after each look. In larger
// clusters those in view are asked each time, and the others in turns.
const briefed = 200

// brief asks nodes what they tell of themselves, unless that is being done.
func (s *session) brief() {
	if s.opts.Brief == nil || s.briefing {
		return
	}
	nodes := s.model.toBrief(s.top.inView(), briefed)
	if len(nodes) == 0 {
		return
	}
	s.briefing = true
	s.run(func(ctx context.Context) func() {
		list := s.opts.Brief(ctx, nodes)
		return func() {
			s.briefing = false
			s.model.told(time.Now(), list)
		}
	})
}

// makeText makes the text of the page that is shown, if it is about an earlier look.
func (s *session) makeText() {
	p, ok := s.page().(*textPage)
	cluster := s.model.last.cluster
	if !ok || p.text == nil || p.making || cluster == nil || p.of == cluster {
		return
	}
	p.making = true
	s.run(func(ctx context.Context) func() {
		text, err := p.text(ctx, cluster)
		return func() {
			p.making, p.of = false, cluster
			p.set(text, err)
			s.makeText() // there may have been another look
		}
	})
}

// schedule arranges for the next look.
func (s *session) schedule() {
	s.due.Stop()
	if !s.paused && !s.looking {
		s.due.Reset(s.every)
	}
}

// handle takes an event, and returns false to end the session.
func (s *session) handle(ctx context.Context, ev tcell.Event) bool {
	switch ev := ev.(type) {
	case *tcell.EventResize:
		s.screen.Sync()
	case *tcell.EventKey:
		if ev.Key() == tcell.KeyCtrlC {
			return false
		}
		return s.pressed(ctx, ev)
	}
	return true
}

// pressed passes a key to the prompt, or to the page, or takes it. What failed stays on the
// screen until Escape.
func (s *session) pressed(ctx context.Context, ev *tcell.EventKey) bool {
	if p := s.prompt; p != nil {
		if p.key(ev) && s.prompt == p {
			s.prompt = nil
			s.screen.HideCursor()
		}
		return len(s.pages) > 0
	}
	if s.failed && ev.Key() == tcell.KeyEscape {
		s.message, s.failed = "", false
		return true
	}
	if !s.failed {
		s.message = ""
	}
	switch {
	case s.page().key(ev):
		return true
	case ev.Key() == tcell.KeyEscape:
		s.back()
		return true
	}
	return s.key(ctx, ev.Rune())
}

// key takes the keys that all pages have.
func (s *session) key(ctx context.Context, r rune) bool {
	switch r {
	case 'q':
		return false
	case ':':
		s.prompt = newCommandLine(s.theme, &s.typed, s.complete, s.command)
	case 'a':
		s.act()
	case ' ':
		s.paused = !s.paused
		if !s.paused {
			s.look(ctx)
		}
		s.schedule()
	case '+':
		s.every += rateStep
		s.schedule()
	case '-':
		s.every = max(s.every-rateStep, min(s.every, rateStep))
		s.schedule()
	case 'r':
		s.look(ctx)
	case 'd':
		s.dump()
	}
	return true
}

// say shows a message, and keeps it.
func (s *session) say(text string, failed bool) {
	s.message, s.failed = text, failed
	const most = 200
	s.messages = append(s.messages, time.Now().Format(time.TimeOnly)+" "+text)
	if n := len(s.messages) - most; n > 0 {
		s.messages = s.messages[n:]
	}
}

func (s *session) dump() {
	if s.opts.Dump == nil || s.model.last.cluster == nil {
		return
	}
	file, err := s.opts.Dump(s.model.last.cluster, s.model.last.at)
	if err != nil {
		s.say(err.Error(), true)
		return
	}
	s.say("Dumped to "+file, false)
}
