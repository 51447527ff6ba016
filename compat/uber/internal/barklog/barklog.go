// Package barklog is a slog.Logger over a bark logger.
package barklog

import (
	"context"
	"log/slog"

	"github.com/uber-common/bark"
)

// New returns a logger whose messages go to a bark logger, with their attributes as fields.
// Which levels are dropped is for the bark logger to say.
func New(to bark.Logger) *slog.Logger { return slog.New(&handler{to: to}) }

type handler struct {
	to     bark.Logger
	prefix string // of the groups
}

func (h *handler) Enabled(context.Context, slog.Level) bool { return true }

func (h *handler) Handle(_ context.Context, r slog.Record) error {
	to := h.to
	if r.NumAttrs() > 0 {
		fields := make(bark.Fields, r.NumAttrs())
		r.Attrs(func(a slog.Attr) bool {
			fields[h.prefix+a.Key] = a.Value.Resolve().Any()
			return true
		})
		to = to.WithFields(fields)
	}
	switch {
	case r.Level >= slog.LevelError:
		to.Error(r.Message)
	case r.Level >= slog.LevelWarn:
		to.Warn(r.Message)
	case r.Level >= slog.LevelInfo:
		to.Info(r.Message)
	default:
		to.Debug(r.Message)
	}
	return nil
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	fields := make(bark.Fields, len(attrs))
	for _, a := range attrs {
		fields[h.prefix+a.Key] = a.Value.Resolve().Any()
	}
	return &handler{h.to.WithFields(fields), h.prefix}
}

func (h *handler) WithGroup(name string) slog.Handler { return &handler{h.to, h.prefix + name + "."} }
