package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	// flushEvery is the longest time that a metric is not in the file yet.
	flushEvery = time.Second
	// maxKept is how many bytes wait at most for a disk that is full or hangs. What
	// comes then is lost, and counted.
	maxKept = 1 << 20
)

// fileSender writes each metric as a line with the time in front, as ringpop-go's
// testpop does. It writes whole lines: a reader of the growing file sees no
// partial line, unless the disk is full. Send never waits for the disk.
type fileSender struct {
	file io.WriteCloser
	log  *slog.Logger

	mu   sync.Mutex
	kept bytes.Buffer // lines that are not written yet
	lost int          // lines for which there was no room

	// What follows is the flusher's, and after it that of Close.
	rest   []byte // of a write that failed: it may begin in the middle of a line
	failed error  // of the last write; nil when it went well
	stop   chan struct{}
	done   chan struct{}
}

// newFileSender begins to flush; Close ends that.
func newFileSender(file io.WriteCloser, log *slog.Logger) *fileSender {
	s := &fileSender{file: file, log: log, stop: make(chan struct{}), done: make(chan struct{})}
	go s.flushes()
	return s
}

// Send implements statsd.Sender.
func (s *fileSender) Send(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept.Len()+len(data) > maxKept {
		s.lost++
		return 0, errors.New("the stats file does not take any more")
	}
	fmt.Fprintf(&s.kept, "%s: %s\n", time.Now().UTC().Format(time.RFC3339Nano), data)
	return len(data), nil
}

func (s *fileSender) flushes() {
	defer close(s.done)
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.flush()
		case <-s.stop:
			return
		}
	}
}

// flush writes what is kept. After a failure it goes on where that broke off, so
// that no line is torn in the end.
func (s *fileSender) flush() {
	if len(s.rest) == 0 {
		s.mu.Lock()
		s.rest = bytes.Clone(s.kept.Bytes())
		s.kept.Reset()
		s.mu.Unlock()
	}
	if len(s.rest) == 0 {
		return
	}
	n, err := s.file.Write(s.rest)
	s.rest = s.rest[n:]
	switch {
	case err != nil && s.failed == nil:
		s.log.Warn("the stats file cannot be written; trying again", "error", err)
	case err == nil && s.failed != nil:
		s.log.Info("the stats file is written again")
	}
	s.failed = err
}

// Close writes what is left and closes the file. The error says that metrics are
// missing in it.
func (s *fileSender) Close() error {
	close(s.stop)
	<-s.done
	s.flush() // the rest of a failure, or all
	s.flush() // what came after that
	err := errors.Join(s.failed, s.file.Close())
	if err == nil && s.lost > 0 {
		err = fmt.Errorf("%d metrics were lost", s.lost)
	}
	if err != nil {
		return fmt.Errorf("stats file: %w", err)
	}
	return nil
}
