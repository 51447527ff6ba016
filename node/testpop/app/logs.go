package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// newLogger leaves out what each line of this process would have in common.
func newLogger(w io.Writer, level slog.Leveler, o *options) *slog.Logger {
	settings := &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == "local" || a.Key == slog.TimeKey && !o.logTime) {
				return slog.Attr{}
			}
			return a
		},
	}
	if o.logFormat == formatJSON {
		return slog.New(slog.NewJSONHandler(w, settings))
	}
	return slog.New(slog.NewTextHandler(w, settings))
}

// The formats of a log.
const (
	formatText = "text"
	formatJSON = "json"
)

func (o *options) setLogFormat(format string) error {
	if format != formatText && format != formatJSON {
		return fmt.Errorf("it is %s or %s", formatText, formatJSON)
	}
	o.logFormat = format
	return nil
}

// levels are the levels of a log by name.
var levels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

func (o *options) setLogLevel(name string) error {
	level, ok := levels[strings.ToLower(name)]
	if !ok {
		return errors.New("it is debug, info, warn or error")
	}
	o.logLevel = level
	return nil
}
