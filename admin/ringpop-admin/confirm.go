package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// errNotConfirmed ends a command whose question was answered with no.
var errNotConfirmed = errors.New("nothing was done")

// asker asks a question and returns the answer, a line. It is nil where there is no
// terminal: scripts are not asked.
type asker func(question string) (string, error)

// askTerminal returns what asks at the terminal, if there is one.
func askTerminal(stdin *os.File, stderr io.Writer) asker {
	if !term.IsTerminal(int(stdin.Fd())) {
		return nil
	}
	return func(question string) (string, error) {
		fmt.Fprintf(stderr, "%s [y/N] ", question)
		return bufio.NewReader(stdin).ReadString('\n')
	}
}

// confirm asks before a harmful action, unless --yes was given, there is no terminal, or
// the question is empty.
func (p *program) confirm(format string, args ...any) error {
	if p.yes || p.ask == nil || format == "" {
		return nil
	}
	answer, err := p.ask(fmt.Sprintf(format, args...))
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errNotConfirmed
}
