package screen

import (
	"bytes"
	"errors"
	"io"
	"os"
	"time"
)

const (
	// maxLine is the length in bytes after which a line is broken.
	maxLine = 8 << 10
	// On an interactive screen, a program may write lineRate lines a second, and
	// lineBurst at once. More could not be read by anyone, and would push away
	// what the keys print. The rest is counted instead of shown.
	lineRate  = 200
	lineBurst = 1000
	// quiet is how long a program must have been silent for the count of lines
	// left out to be shown without waiting for its next line.
	quiet = 300 * time.Millisecond
)

// Source is the reading end of a pipe: an *os.File, or a net.Conn.
type Source interface {
	io.Reader
	SetReadDeadline(time.Time) error
}

// Follow logs each line that comes from src as one of who's, until src ends. It
// needs memory for one line, and does not wait for more input once a line is
// complete.
func (s *Screen) Follow(who string, src Source) {
	s.follow(&follower{screen: s, who: who, longest: maxLine, tokens: lineBurst, last: s.now()}, src)
}

func (s *Screen) follow(f *follower, src Source) {
	var buf []byte
	chunk := make([]byte, 4<<10)
	for {
		n, err := src.Read(chunk)
		buf = f.split(append(buf, chunk[:n]...))
		if errors.Is(err, os.ErrDeadlineExceeded) {
			f.confess()
			err = src.SetReadDeadline(time.Time{})
		} else if err == nil && f.leftOut > 0 {
			err = src.SetReadDeadline(time.Now().Add(quiet))
		}
		if err != nil {
			break
		}
	}
	if len(buf) > 0 {
		f.line(buf)
	}
	f.confess()
}

type follower struct {
	screen  *Screen
	tail    *Tail // keeps the lines in place of the screen, if there is one
	who     string
	longest int // maxLine
	tokens  float64
	last    time.Time
	leftOut int
}

// split logs the complete lines of buf and returns what is left, in the same
// memory.
func (f *follower) split(buf []byte) []byte {
	rest := buf
	for len(rest) > 0 {
		end := bytes.IndexByte(rest, '\n')
		switch {
		case end >= 0 && end <= f.longest:
			f.line(bytes.TrimSuffix(rest[:end], []byte("\r")))
			rest = rest[end+1:]
		case len(rest) > f.longest:
			f.line(rest[:f.longest])
			rest = rest[f.longest:]
		default:
			return append(buf[:0], rest...)
		}
	}
	return buf[:0]
}

func (f *follower) line(line []byte) {
	f.screen.told(f.who, true, string(line))
	if f.tail != nil {
		f.tail.add(string(line))
		return
	}
	if f.screen.interactive && !f.allowed() {
		f.leftOut++
		return
	}
	f.confess()
	f.screen.line(f.who, string(line))
}

// allowed takes one token from a bucket that fills with time.
func (f *follower) allowed() bool {
	now := f.screen.now()
	f.tokens = min(lineBurst, f.tokens+lineRate*now.Sub(f.last).Seconds())
	f.last = now
	if f.tokens < 1 {
		return false
	}
	f.tokens--
	return true
}

func (f *follower) confess() {
	if f.leftOut > 0 {
		f.screen.Log(f.who, "(%d lines left out: too fast for a screen)", f.leftOut)
		f.leftOut = 0
	}
}
