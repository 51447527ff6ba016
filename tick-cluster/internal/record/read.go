package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Errors of [Read], wrapped with the line.
var (
	// ErrForeign says that a text is no record.
	ErrForeign = errors.New("this is no record of a session of tick-cluster")
	// ErrVersion says that a record has another version than [Version].
	ErrVersion = errors.New("the record has another version")
	// ErrTruncated says that a record has no end: the session goes on, was killed, or
	// ran out of disk.
	ErrTruncated = errors.New("the record has no end")
)

// maxRecordLine is the length of the longest line in bytes: what all of the largest
// cluster say in answer to one command.
const maxRecordLine = 64 << 20

// Read reads a record and calls each with its lines, in order, those of kinds that it
// does not know included. When the error is [ErrTruncated] each was called with all
// that there is.
func Read(r io.Reader, each func(Line) error) error {
	reader := bufio.NewReaderSize(r, 64<<10)
	ended := false
	for number := 1; ; number++ {
		text, err := readLine(reader)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("line %d: %w", number, err)
		}
		whole := err == nil
		switch {
		case len(text) == 0 && !whole && number == 1:
			return fmt.Errorf("%w: it is empty", ErrForeign)
		case len(text) == 0 && !whole && ended:
			return nil
		case len(text) == 0 && !whole:
			return fmt.Errorf("%w: its last line is not the exit", ErrTruncated)
		case ended:
			return fmt.Errorf("%w: line %d comes after the end of the session", ErrForeign, number)
		}
		l, err := parse(text, number == 1)
		switch {
		case err != nil && !whole && number > 1 && !errors.Is(err, ErrVersion):
			return fmt.Errorf("%w: line %d is cut off", ErrTruncated, number)
		case err != nil:
			return fmt.Errorf("line %d: %w", number, err)
		}
		if err := each(l); err != nil {
			return err
		}
		ended = l.Kind == Exit
	}
}

// readLine returns the next line without its end. At the end of the text it returns
// what is left, with io.EOF.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		piece, err := r.ReadSlice('\n')
		line = append(line, piece...)
		switch {
		case len(line) > maxRecordLine:
			return nil, fmt.Errorf("%w: longer than %d MB", ErrForeign, maxRecordLine>>20)
		case err == nil:
			return bytes.TrimSuffix(line, []byte("\n")), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, err
		}
	}
}

// parse reads a line. The version comes before all else: what the fields of another one
// mean is not known here.
func parse(text []byte, first bool) (l Line, err error) {
	var version struct {
		V    int  `json:"v"`
		Kind Kind `json:"kind"`
	}
	if err := json.Unmarshal(text, &version); err != nil || version.V < 1 || version.Kind == "" || first && version.Kind != Start {
		return Line{}, ErrForeign
	}
	if version.V != Version {
		return Line{}, fmt.Errorf("%w: %d, and version %d is what this tick-cluster reads", ErrVersion, version.V, Version)
	}
	if err := json.Unmarshal(text, &l); err != nil || l.Time.IsZero() {
		return Line{}, ErrForeign
	}
	return l, nil
}
