package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/ringmend/ringmend/guard/timeline"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func event(after time.Duration, text string) timeline.Event {
	return timeline.Event{At: noon.Add(after), Kind: timeline.Joined, Text: text}
}

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path, 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func texts(t *testing.T, path string, since time.Time, most int) (all []string) {
	t.Helper()
	events, err := Read(path, since, most)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		all = append(all, e.Text)
	}
	return all
}

func TestEventsAreRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "guard.db")
	s := open(t, path)
	if err := s.Append([]timeline.Event{event(0, "one"), event(time.Hour, "two"), event(time.Hour, "three")}); err != nil {
		t.Fatal(err)
	}
	if got := texts(t, path, time.Time{}, 10); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("all: %q", got)
	}
	if got := texts(t, path, noon.Add(time.Minute), 10); !slices.Equal(got, []string{"two", "three"}) {
		t.Errorf("since: %q", got)
	}
	if got := texts(t, path, time.Time{}, 1); !slices.Equal(got, []string{"three"}) {
		t.Errorf("the latest: %q", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path)
	later := []timeline.Event{event(2*time.Hour, "four")}
	if err := again.Append(later); err != nil || later[0].ID != 4 {
		t.Errorf("after a restart: %v, number %d", err, later[0].ID)
	}
}

func TestOldEventsAreDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "guard.db")
	s := open(t, path)
	if err := s.Append([]timeline.Event{event(0, "old"), event(23*time.Hour, "new")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Append([]timeline.Event{event(25*time.Hour, "now")}); err != nil {
		t.Fatal(err)
	}
	if got := texts(t, path, time.Time{}, 10); !slices.Equal(got, []string{"new", "now"}) {
		t.Errorf("%q", got)
	}
}

func TestTwoGuardsDoNotShareAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "guard.db")
	open(t, path)
	if _, err := Open(path, time.Hour); !errors.Is(err, ErrLocked) {
		t.Errorf("%v", err)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	if _, err := Read(filepath.Join(dir, "none"), time.Time{}, 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, make([]byte, 64<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(text, time.Hour); !errors.Is(err, ErrCorrupt) {
		t.Errorf("not a database: %v", err)
	}
	foreign := filepath.Join(dir, "foreign")
	put(t, foreign, "other", "version", "1")
	if _, err := Open(foreign, time.Hour); !errors.Is(err, ErrCorrupt) {
		t.Errorf("another database: %v", err)
	}
	later := filepath.Join(dir, "later")
	open(t, later).Close()
	put(t, later, "meta", "version", "2")
	if _, err := Open(later, time.Hour); !errors.Is(err, ErrVersion) {
		t.Errorf("a later version: %v", err)
	}
	if _, err := Read(later, time.Time{}, 1); !errors.Is(err, ErrVersion) {
		t.Errorf("a later version: %v", err)
	}
}

func put(t *testing.T, path, bucket, key, value string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte(bucket))
		if err != nil {
			return err
		}
		return b.Put([]byte(key), []byte(value))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A file that a full disk or a bad one has damaged is an error, wherever the damage is.
func TestDamagedFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "guard.db")
	s := open(t, path)
	for range 50 {
		if err := s.Append([]timeline.Event{event(0, "one"), event(time.Hour, "two")}); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.db")
	failed := 0
	for size := 0; size < len(whole); size += 1 << 10 {
		for _, garbage := range []bool{false, true} {
			data := append([]byte(nil), whole...)
			if garbage {
				for i := size; i < min(size+4<<10, len(data)); i++ {
					data[i] = byte(i * 7)
				}
			} else {
				data = data[:size]
			}
			if err := os.WriteFile(damaged, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Read(damaged, time.Time{}, 1000); err != nil { // or what is left of it
				failed++
				if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrVersion) {
					t.Errorf("%d bytes, %t: %v", size, garbage, err)
				}
			}
		}
	}
	if failed == 0 {
		t.Error("no damage was noticed")
	}
}
