package app

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var errFull = errors.New("no space left")

// disk takes room bytes, and remembers each write.
type disk struct {
	mu     sync.Mutex
	room   int
	all    bytes.Buffer
	writes []string
}

func (d *disk) Write(data []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := min(len(data), d.room)
	d.room -= n
	d.all.Write(data[:n])
	d.writes = append(d.writes, string(data[:n]))
	if n < len(data) {
		return n, errFull
	}
	return n, nil
}

func (d *disk) Close() error { return nil }

func (d *disk) setRoom(room int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room = room
}

func (d *disk) text() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.all.String()
}

// metrics returns the lines of the file without their times.
func (d *disk) metrics() (list []string) {
	for line := range strings.Lines(d.text()) {
		_, metric, _ := strings.Cut(line, ": ")
		list = append(list, metric)
	}
	return list
}

func TestTheStatsFileIsFlushedEachSecondAtLineEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{room: 1 << 20}
		s := newFileSender(d, slog.New(slog.DiscardHandler))
		sent := 0
		for second := range 3 {
			for range 300 { // more than any buffer of 4 KB
				fmt.Fprintf(s2w{s}, "ringpop.ping.send:%d|c", sent)
				sent++
			}
			time.Sleep(flushEvery)
			synctest.Wait()
			if got := len(d.metrics()); got != sent {
				t.Fatalf("after %d s the file has %d of %d lines", second+1, got, sent)
			}
		}
		fmt.Fprint(s2w{s}, "last:1|c")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for i, w := range d.writes {
			if !strings.HasSuffix(w, "\n") {
				t.Errorf("write %d ends with %q", i, w[max(0, len(w)-20):])
			}
		}
		if got := d.metrics(); len(got) != sent+1 || got[sent] != "last:1|c\n" {
			t.Errorf("%d lines in the end, want %d", len(got), sent+1)
		}
	})
}

// s2w writes by sending.
type s2w struct{ *fileSender }

func (w s2w) Write(data []byte) (int, error) { return w.Send(data) }

// A full disk tears no line: what is missing follows when there is room again.
func TestAStatsFileOnAFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		d := &disk{room: 40}
		s := newFileSender(d, slog.New(slog.NewTextHandler(&log, nil)))
		const all = 5
		for i := range all {
			fmt.Fprintf(s2w{s}, "a:%d|c", i)
			time.Sleep(flushEvery)
		}
		synctest.Wait()
		if strings.Count(log.String(), "level=WARN") != 1 {
			t.Errorf("not one warning:\n%s", &log)
		}
		d.setRoom(1 << 20)
		time.Sleep(flushEvery)
		synctest.Wait()
		if strings.Count(log.String(), "written again") != 1 {
			t.Errorf("its end is not said:\n%s", &log)
		}
		if err := s.Close(); err != nil {
			t.Errorf("nothing is missing in the end, and Close says %v", err)
		}
		if got := strings.Join(d.metrics(), ""); got != "a:0|c\na:1|c\na:2|c\na:3|c\na:4|c\n" {
			t.Errorf("the file has\n%s", got)
		}
	})
}

func TestMetricsThatAreLostAreAnErrorInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFileSender(&disk{}, slog.New(slog.DiscardHandler))
		fmt.Fprint(s2w{s}, "a:1|c")
		if err := s.Close(); !errors.Is(err, errFull) {
			t.Errorf("got %v, want that of the disk", err)
		}

		d := &disk{room: 1 << 30}
		s = newFileSender(d, slog.New(slog.DiscardHandler))
		line := strings.Repeat("x", 1000)
		for range maxKept/1000 + 10 {
			fmt.Fprint(s2w{s}, line)
		}
		if kept := s.kept.Len(); kept > maxKept+2000 {
			t.Errorf("%d bytes are kept", kept)
		}
		if err := s.Close(); err == nil || !strings.Contains(err.Error(), "metrics were lost") {
			t.Errorf("got %v, want how many were lost", err)
		}
		if !strings.HasSuffix(d.text(), "\n") {
			t.Error("half a line")
		}
	})
}
