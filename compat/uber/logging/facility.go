package logging

import (
	"errors"
	"sync"

	"github.com/uber-common/bark"
)

// Facility hands out loggers with names, whose levels can be set. Its methods may be called
// concurrently.
type Facility struct {
	mu     sync.RWMutex
	logger bark.Logger
	levels map[string]Level
}

// NewFacility returns a facility that logs to a logger, or nowhere if it is nil.
func NewFacility(log bark.Logger) *Facility {
	f := &Facility{levels: make(map[string]Level)}
	f.SetLogger(log)
	return f
}

// SetLogger changes where messages go; nil is nowhere.
func (f *Facility) SetLogger(log bark.Logger) {
	if log == nil {
		log = NoLogger
	}
	f.mu.Lock()
	f.logger = log
	f.mu.Unlock()
}

var errLevel = errors.New("cannot set a level above fatal: panic would end nothing but be silent")

// SetLevel drops the messages of a logger that are less severe than a level, which must be
// [Fatal] or less severe.
func (f *Facility) SetLevel(logName string, level Level) error {
	return f.SetLevels(map[string]Level{logName: level})
}

// SetLevels is SetLevel for several loggers. With an error it sets none.
func (f *Facility) SetLevels(levels map[string]Level) error {
	for _, level := range levels {
		if level < Fatal {
			return errLevel
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for name, level := range levels {
		f.levels[name] = level
	}
	return nil
}

// Logger returns the logger of a name. It follows later changes of the facility.
func (f *Facility) Logger(logName string) bark.Logger { return &named{facility: f, name: logName} }

// Log logs a message for a name, unless it is less severe than that one's level.
func (f *Facility) Log(logName string, wantLevel Level, fields bark.Fields, msg []interface{}) {
	if logger := f.target(logName, wantLevel, fields); logger != nil {
		log, _ := at(wantLevel, logger)
		log(msg...)
	}
}

// Logf is Log with a format.
func (f *Facility) Logf(logName string, wantLevel Level, fields bark.Fields, format string, msg []interface{}) {
	if logger := f.target(logName, wantLevel, fields); logger != nil {
		_, logf := at(wantLevel, logger)
		logf(format, msg...)
	}
}

func (f *Facility) target(name string, level Level, fields bark.Fields) bark.Logger {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if least, set := f.levels[name]; set && level > least {
		return nil
	}
	if len(fields) > 0 {
		return f.logger.WithFields(fields)
	}
	return f.logger
}

// at returns the methods of a logger for a level.
func at(level Level, to bark.Logger) (log func(...interface{}), logf func(string, ...interface{})) {
	switch level {
	case Panic:
		return to.Panic, to.Panicf
	case Fatal:
		return to.Fatal, to.Fatalf
	case Error:
		return to.Error, to.Errorf
	case Warn:
		return to.Warn, to.Warnf
	case Info:
		return to.Info, to.Infof
	default:
		return to.Debug, to.Debugf
	}
}
