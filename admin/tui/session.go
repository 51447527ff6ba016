package tui

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gdamore/tcell/v2"
)

// rateStep is what + and - change the time between two looks by.
const rateStep = time.Second

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
	typed    typed

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
	return s.loop(events)
}

func (s *session) loop(events <-chan tcell.Event) error {
	clock := time.NewTicker(time.Second) // ages on the screen
	defer clock.Stop()
	for {
		s.draw(time.Now())
		select {
		case <-s.ctx.Done():
			return nil
		case ev, open := <-events:
			if !open || !s.handle(ev) {
				return nil
			}
		case <-s.due.C:
			s.look()
		case l := <-s.looks:
			s.looking = false
			switch {
			case s.ctx.Err() != nil:
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

// handle takes an event, and returns false to end the session.
func (s *session) handle(ev tcell.Event) bool {
	switch ev := ev.(type) {
	case *tcell.EventResize:
		s.screen.Sync()
	case *tcell.EventKey:
		if ev.Key() == tcell.KeyCtrlC {
			return false
		}
		return s.pressed(ev)
	}
	return true
}

// pressed passes a key to the prompt, or to the page, or takes it. What failed stays on the
// screen until Escape.
func (s *session) pressed(ev *tcell.EventKey) bool {
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
	return s.key(ev.Rune())
}

// key takes the keys that all pages have.
func (s *session) key(r rune) bool {
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
			s.look()
		}
		s.schedule()
	case '+':
		s.every += rateStep
		s.schedule()
	case '-':
		s.every = max(s.every-rateStep, min(s.every, rateStep))
		s.schedule()
	case 'r':
		s.look()
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
