package tui

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gdamore/tcell/v2"

	"github.com/ringmend/ringmend/admin"
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
	// Title names the program and the cluster.
	Title string
	// Look asks the cluster once. It must return soon after ctx ends, and may say
	// meanwhile how many of the nodes known so far it has asked.
	Look func(ctx context.Context, report func(asked, known int)) (*admin.Cluster, error)
	// Every is the time from the end of one look to the beginning of the next,
	// at least [MinEvery].
	Every time.Duration
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
	return run(ctx, screen, o, newTopPage(theme{o.Colour}, o.Rows))
}

// Watch shows the partitions of a cluster and how they came and went. It begins
// and ends as [Top] does.
func Watch(ctx context.Context, screen tcell.Screen, o Options) error {
	return run(ctx, screen, o, newWatchPage(theme{o.Colour}))
}

// page is one of the screens.
type page interface {
	// draw draws everything.
	draw(screen tcell.Screen, f *frame)
	// key takes a key, or returns false to leave it to the session. The model is
	// the one that was drawn last.
	key(ev *tcell.EventKey) bool
}

// session is a page on a terminal.
type session struct {
	screen tcell.Screen
	opts   Options
	page   page

	model   model
	every   time.Duration
	paused  bool
	looking bool
	asked   atomic.Pointer[progress] // by the look that is going on
	message string

	looks chan look
	due   *time.Timer
}

func run(ctx context.Context, screen tcell.Screen, o Options, p page) error {
	if err := screen.Init(); err != nil {
		return fmt.Errorf("using the terminal: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &session{
		screen: screen, opts: o, page: p,
		every: max(o.Every, MinEvery),
		looks: make(chan look, 1),
		due:   time.NewTimer(0),
	}
	events, quit := make(chan tcell.Event), make(chan struct{})
	go screen.ChannelEvents(events, quit)
	defer func() {
		cancel()
		s.due.Stop()
		if s.looking {
			<-s.looks
		}
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
		case <-clock.C:
		}
	}
}

func (s *session) draw(now time.Time) {
	s.screen.Clear()
	s.page.draw(s.screen, &frame{
		model: &s.model, title: s.opts.Title, now: now, every: s.every,
		paused: s.paused, looking: s.looking, asked: s.asked.Load(), message: s.message,
	})
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
		s.message = ""
		if ev.Key() == tcell.KeyCtrlC {
			return false
		}
		if !s.page.key(ev) {
			return s.key(ctx, ev.Rune())
		}
	}
	return true
}

// key takes the keys that all pages have.
func (s *session) key(ctx context.Context, r rune) bool {
	switch r {
	case 'q':
		return false
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

func (s *session) dump() {
	if s.opts.Dump == nil || s.model.last.cluster == nil {
		return
	}
	file, err := s.opts.Dump(s.model.last.cluster, s.model.last.at)
	if err != nil {
		s.message = err.Error()
		return
	}
	s.message = "Dumped to " + file
}
