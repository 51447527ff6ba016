package node

import (
	"log/slog"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
)

// logResolver logs each event of the resolver: as a warning when the node refuses requests
// that it would have served otherwise.
func (n *Node) logResolver(event Event) {
	log := n.log
	if n.resolving.cfg.Policy == resolve.Observe {
		log = log.With("policy", resolve.Observe) // nothing is refused
	}
	switch e := event.(type) {
	case resolve.Decided:
		level, message := slog.LevelInfo, "resolver: this side is kept"
		if !e.Kept {
			level, message = slog.LevelWarn, "resolver: this side has lost, and is fenced"
		}
		log.Log(n.ctx, level, message, "because", e.Verdict.Reason, "own", e.Verdict.Own, "other", e.Verdict.Other,
			"after", e.After.Round(time.Millisecond), "restless", e.Restless, "writtenOff", e.WrittenOff, "epoch", e.Epoch)
	case resolve.StateChanged:
		level := slog.LevelInfo
		switch {
		case e.Decided:
			level = slog.LevelDebug // that was said
		case e.To == resolve.Uncertain, e.To == resolve.Lost:
			level = slog.LevelWarn
		}
		log.Log(n.ctx, level, "resolver: "+e.To.String(), "was", e.From, "because", e.Why)
	case resolve.Paused:
		log.Warn("resolver: the process was stopped, and serves nothing until others say that it may", "for", e.For)
	case resolve.Resumed:
		log.Info("resolver: serves again after the pause")
	case resolve.Alone:
		log.Warn("resolver: the list of hosts names no host but this one, so it serves without asking anybody")
	case resolve.StillStarting:
		log.Warn("resolver: still starting, and refuses: no member serves and agrees, and too few hosts are starting, too",
			"for", e.For.Round(time.Millisecond), "starting", e.Starting, "hosts", e.Hosts)
	case resolve.LeaseFailed:
		log.Warn("resolver: the lease cannot be used", "error", e.Err)
	case StateNotKept:
		if e.Err != nil {
			log.Warn("resolver: the state cannot be written to its file: a restart would forget it", "error", e.Err)
		} else {
			log.Info("resolver: the state is written to its file again")
		}
	}
}
