package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ringmend/ringmend/tick-cluster/internal/command"
)

// readKeys sends the keys that are pressed until in ends. The goroutine ends then
// or with the process: a read from a terminal cannot be called off everywhere.
func (a *app) readKeys(in io.Reader) <-chan rune {
	keys := make(chan rune)
	go func() {
		defer close(keys)
		var data []byte
		chunk := make([]byte, 256)
		for {
			n, err := in.Read(chunk)
			var pressed []rune
			pressed, data = command.Decode(append(data, chunk[:n]...))
			for _, key := range pressed {
				select {
				case keys <- key:
				case <-a.ctx.Done():
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return keys
}

// scriptLine is a line of the script, or the error that ended it.
type scriptLine struct {
	number int
	text   string
	err    error
}

// readLines sends the lines of in until it ends, in the way of readKeys.
func (a *app) readLines(in io.Reader) <-chan scriptLine {
	lines := make(chan scriptLine)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(in)
		for number := 1; ; number++ {
			line := scriptLine{number: number}
			if scanner.Scan() {
				line.text = scanner.Text()
				if number == 1 { // an editor's byte order mark
					line.text = strings.TrimPrefix(line.text, "\ufeff")
				}
			} else if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
				line.err = fmt.Errorf("longer than %d bytes", bufio.MaxScanTokenSize)
			} else if err != nil {
				line.err = fmt.Errorf("reading the standard input: %w", err)
			} else {
				return
			}
			select {
			case lines <- line:
			case <-a.ctx.Done():
				return
			}
			if line.err != nil {
				return
			}
		}
	}()
	return lines
}
