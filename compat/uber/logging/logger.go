package logging

import "github.com/uber-common/bark"

// named is a logger of a facility.
type named struct {
	facility *Facility
	name     string
	fields   bark.Fields
}

func (l *named) log(level Level, args []interface{}) { l.facility.Log(l.name, level, l.fields, args) }

func (l *named) logf(level Level, format string, args []interface{}) {
	l.facility.Logf(l.name, level, l.fields, format, args)
}

func (l *named) Debug(args ...interface{})                 { l.log(Debug, args) }
func (l *named) Debugf(format string, args ...interface{}) { l.logf(Debug, format, args) }
func (l *named) Info(args ...interface{})                  { l.log(Info, args) }
func (l *named) Infof(format string, args ...interface{})  { l.logf(Info, format, args) }
func (l *named) Warn(args ...interface{})                  { l.log(Warn, args) }
func (l *named) Warnf(format string, args ...interface{})  { l.logf(Warn, format, args) }
func (l *named) Error(args ...interface{})                 { l.log(Error, args) }
func (l *named) Errorf(format string, args ...interface{}) { l.logf(Error, format, args) }
func (l *named) Fatal(args ...interface{})                 { l.log(Fatal, args) }
func (l *named) Fatalf(format string, args ...interface{}) { l.logf(Fatal, format, args) }
func (l *named) Panic(args ...interface{})                 { l.log(Panic, args) }
func (l *named) Panicf(format string, args ...interface{}) { l.logf(Panic, format, args) }

// WithField returns a logger that adds a field to each message.
func (l *named) WithField(key string, value interface{}) bark.Logger {
	return l.WithFields(bark.Fields{key: value})
}

// WithFields returns a logger that adds fields to each message.
func (l *named) WithFields(keyValues bark.LogFields) bark.Logger {
	return &named{l.facility, l.name, l.merged(keyValues.Fields())}
}

// WithError returns a logger that adds an error to each message.
func (l *named) WithError(err error) bark.Logger { return l.WithField("error", err) }

// Fields returns the fields that are added.
func (l *named) Fields() bark.Fields { return l.fields }

func (l *named) merged(more bark.Fields) bark.Fields {
	all := make(bark.Fields, len(l.fields)+len(more))
	for _, fields := range []bark.Fields{l.fields, more} {
		for key, value := range fields {
			all[key] = value
		}
	}
	return all
}

// nowhere drops all messages, but for those that end the program.
type nowhere struct{}

// NoLogger drops all messages.
var NoLogger bark.Logger = nowhere{}

func (nowhere) Debug(...interface{})                      {}
func (nowhere) Debugf(string, ...interface{})             {}
func (nowhere) Info(...interface{})                       {}
func (nowhere) Infof(string, ...interface{})              {}
func (nowhere) Warn(...interface{})                       {}
func (nowhere) Warnf(string, ...interface{})              {}
func (nowhere) Error(...interface{})                      {}
func (nowhere) Errorf(string, ...interface{})             {}
func (nowhere) Fatal(...interface{})                      {}
func (nowhere) Fatalf(string, ...interface{})             {}
func (nowhere) Panic(...interface{})                      {}
func (nowhere) Panicf(string, ...interface{})             {}
func (nowhere) WithField(string, interface{}) bark.Logger { return NoLogger }
func (nowhere) WithFields(bark.LogFields) bark.Logger     { return NoLogger }
func (nowhere) WithError(error) bark.Logger               { return NoLogger }
func (nowhere) Fields() bark.Fields                       { return nil }

var standard = NewFacility(nil)

// SetLogger changes where the messages of all Ringpops of the process go.
func SetLogger(log bark.Logger) { standard.SetLogger(log) }

// SetLevel is [Facility.SetLevel] for the process.
func SetLevel(logName string, level Level) error { return standard.SetLevel(logName, level) }

// SetLevels is [Facility.SetLevels] for the process.
func SetLevels(levels map[string]Level) error { return standard.SetLevels(levels) }

// Logger returns a named logger of the process.
func Logger(logName string) bark.Logger { return standard.Logger(logName) }
