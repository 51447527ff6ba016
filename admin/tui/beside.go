package tui

import (
	"context"
	"time"
)

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

// progressAfter is how long a look takes before it shows its progress.
const progressAfter = time.Second

// progress is how far a look has come.
type progress struct{ asked, known int }

// look asks the cluster in the background, unless that is being done.
func (s *session) look() {
	if s.looking {
		return
	}
	s.looking = true
	go func() {
		begin := time.Now()
		cluster, err := s.opts.Look(s.ctx, func(asked, known int) {
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
