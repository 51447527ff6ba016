package main

import (
	"fmt"

	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
	"github.com/ringmend/ringmend/tick-cluster/internal/command"
	"github.com/ringmend/ringmend/tick-cluster/internal/record"
)

// script is commands from the standard input. They are done one after the other,
// each when the one before has its result. The zero value has none.
type script struct {
	lines   <-chan scriptLine
	running *scriptLine // the one that is being done; nil for none
	done    chan error  // its result

	keepGoing bool
	commands  int   // that were read
	failures  int   // among them
	first     error // of the failures
}

func newScript(lines <-chan scriptLine, keepGoing bool) script {
	return script{lines: lines, done: make(chan error, 1), keepGoing: keepGoing}
}

// next returns where the next line comes from, nil when it is not time for one.
func (s *script) next() <-chan scriptLine {
	if s.running != nil {
		return nil
	}
	return s.lines
}

// take begins to do a line; ok is false at the end of the input. It reports
// whether the script is over, which it is not when there was no command at all: an
// empty input is not meant as a script.
func (a *app) take(line scriptLine, ok bool) (over bool) {
	s := &a.script
	if !ok {
		s.lines = nil
		return s.commands > 0
	}
	s.running = &line
	c, err := command.Command{}, line.err
	if err == nil {
		c, err = command.ParseLine(line.text)
	}
	if err != nil {
		s.commands++
		a.recorder.Write(record.Line{Kind: record.Command, Text: line.text, Error: err.Error()})
		return a.finish(err)
	}
	if c.Verb == command.None {
		s.running = nil
		return false
	}
	s.commands++
	a.screen.Log(cluster.All, "> %s", c)
	if c.Verb == command.Quit {
		s.running = nil
		a.recordCommand(c, nil)
		return true
	}
	go func() { s.done <- a.perform(c) }()
	return false
}

// finish takes the result of the line that was being done. It reports whether the
// script is over.
func (a *app) finish(err error) (over bool) {
	s := &a.script
	number := s.running.number
	s.running = nil
	if err == nil {
		return false
	}
	err = fmt.Errorf("line %d: %w", number, err)
	if s.failures++; s.failures == 1 {
		s.first = err
	}
	if s.keepGoing {
		a.screen.Log(cluster.All, "%v", err)
	}
	return !s.keepGoing
}

// result returns what to say of the script in the end.
func (s *script) result() error {
	if s.failures > 1 {
		return fmt.Errorf("%d of %d commands failed, the first one in %w", s.failures, s.commands, s.first)
	}
	return s.first
}

// interrupted is result when a signal ends the script: an error if a command was
// being done.
func (s *script) interrupted() error {
	if s.first == nil && s.running != nil {
		return fmt.Errorf("line %d: interrupted: %s", s.running.number, s.running.text)
	}
	return s.result()
}
