package watch

import (
	"context"
	"errors"
	"time"

	"github.com/ringmend/ringmend/guard/plan"
	"github.com/ringmend/ringmend/node/wire"
)

// start runs work beside the watcher's goroutine. What it returns is run by that one.
func (w *Watcher) start(work func() func()) {
	w.acting++
	w.working.Go(func() {
		done := work()
		w.ended <- func() {
			w.acting--
			done()
		}
	})
}

// reincarnate tells members that must reincarnate that they are suspected.
func (w *Watcher) reincarnate(ctx context.Context) {
	if !w.mayAct() {
		return
	}
	calls := w.healer.Due(time.Now())
	if len(calls) == 0 {
		return
	}
	// They are told some at a time: a ring of 1,000 cut in halves has 1,000 of them.
	for len(calls) > 0 && w.acting < maxActing/2 {
		free := maxActing/2 - w.acting
		n := min(len(calls), max(32, (len(calls)+free-1)/free))
		some := calls[:n]
		calls = calls[n:]
		w.start(func() func() {
			answers := w.caller.doAll(ctx, some)
			return func() { w.reincarnated(some, answers) }
		})
	}
}

// rescue tells members that were lost together, one of which has answered, once the scouts
// have ended. It returns what is closed when they were told.
func (w *Watcher) rescue(ctx context.Context, ended func()) (told <-chan struct{}) {
	over := make(chan struct{})
	if !w.mayAct() {
		close(over)
		return over
	}
	r := w.healer.Rescue(time.Now())
	if r == nil {
		close(over)
		return over
	}
	app := w.learnt
	w.start(func() func() {
		defer close(over)
		ended()
		for calls := r.Calls(); len(calls) > 0 && ctx.Err() == nil; calls = r.Calls() {
			for i := range calls {
				calls[i].App = app // nodes of another one refuse
			}
			r.Answered(w.runner.doAll(ctx, calls))
		}
		return func() { w.rescued(r.Told()) }
	})
	return over
}

func (w *Watcher) rescued(members []wire.Address) {
	if len(members) == 0 {
		return
	}
	w.news = max(w.news, 3)
	w.cfg.Logger.Info("told members that are back to reincarnate, for others hold them faulty", "members", len(members), "first", members[0])
	w.cfg.Acted(Action{At: time.Now(), What: "rebirth", Members: members})
}

// reincarnated records how members took that they are suspected.
func (w *Watcher) reincarnated(calls []plan.Call, answers []plan.Answer) {
	w.news = max(w.news, 3) // until all of their side have heard of it
	action := Action{At: time.Now(), What: "rebirth"}
	for i, call := range calls {
		w.healer.Told(call, answers[i].Err)
		if err := answers[i].Err; err != nil {
			w.cfg.Logger.Warn("a member could not be told to reincarnate", "member", call.Changes[0].Address, "node", call.Node, "error", err)
			action.Err = err
			continue
		}
		action.Members = append(action.Members, call.Changes[0].Address)
	}
	if len(action.Members) > 0 {
		w.cfg.Logger.Info("told members to reincarnate, for the other side holds them faulty", "members", len(action.Members), "first", action.Members[0])
	}
	w.cfg.Acted(action)
}

// attempt makes the attempts to merge sides that are due.
func (w *Watcher) attempt(ctx context.Context) {
	if !w.mayAct() || w.acting >= maxActing/2 {
		return
	}
	for _, a := range w.healer.Accusations(time.Now()) {
		w.start(func() func() {
			w.caller.carryOut(ctx, a)
			return func() { w.accused(a) }
		})
	}
	for _, i := range w.healer.Invitations(time.Now()) {
		w.start(func() func() {
			w.caller.carryOut(ctx, i)
			return func() { w.invited(i) }
		})
	}
	for _, a := range w.healer.Attempts(time.Now()) {
		w.start(func() func() {
			w.caller.carryOut(ctx, a)
			return func() { w.attempted(ctx, a) }
		})
	}
}

// accused records what became of a member that was stuck in suspect.
func (w *Watcher) accused(a *plan.Accusation) {
	w.news = max(w.news, 1)
	if err := a.Err(); err != nil {
		w.cfg.Logger.Info("a member stays suspect", "member", a.Member(), "because", err)
	} else {
		w.cfg.Logger.Info("accused a member anew that was stuck in suspect", "member", a.Member())
	}
	w.cfg.Acted(Action{At: time.Now(), What: "accuse", Members: []wire.Address{a.Member()}, Err: a.Err()})
}

// invited records what became of a node that has not joined.
func (w *Watcher) invited(i *plan.Invitation) {
	w.news = max(w.news, 1)
	w.cfg.Logger.Info("had the ring ping a node that it holds faulty, and that has not joined", "node", i.Member(), "error", i.Err())
	w.cfg.Acted(Action{At: time.Now(), What: "invite", Members: []wire.Address{i.Member()}, Err: i.Err()})
}

// nextAttempt returns when there is an attempt to be made.
func (w *Watcher) nextAttempt() (time.Time, bool) {
	if !w.mayAct() {
		return time.Time{}, false
	}
	return w.healer.NextAttempt()
}

// attempted records how an attempt ended.
func (w *Watcher) attempted(ctx context.Context, a *plan.Attempt) {
	if ctx.Err() != nil {
		return
	}
	now := time.Now()
	w.healer.Ended(now, a)
	told, err := a.Result()
	x, y := a.Between()
	action := Action{At: now, What: "attempt", Members: []wire.Address{x, y}, Told: told, Err: err}
	switch {
	case a.Merged():
		action.What = "merge"
		w.cfg.Logger.Info("told the sides of each other", "reached", y, "from", x, "members", told)
		w.news = max(w.news, 3)
		w.reconnect(ctx, w.healer.Reconnect(now, a))
	case errors.Is(err, plan.ErrCut):
		w.cfg.Logger.Debug("the sides do not reach each other", "asked", x, "target", y)
	default:
		w.cfg.Logger.Info("the sides are not merged", "between", x, "and", y, "because", err)
		w.news = max(w.news, 1)
	}
	w.cfg.Acted(action)
}

// reconnect makes members of sides that are one again connect to each other anew.
func (w *Watcher) reconnect(ctx context.Context, calls []plan.Call) {
	if len(calls) == 0 || !w.mayAct() {
		return
	}
	w.start(func() func() {
		made := w.caller.reconnect(ctx, calls)
		return func() {
			w.cfg.Logger.Info("had members connect to each other anew, for their connections had stalled", "pairs", made, "of", len(calls))
		}
	})
}
