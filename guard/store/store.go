package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/ringmend/ringmend/guard/timeline"
)

// Version is the version of the files that are written. Others are not read.
const Version = 1

// Errors about files.
var (
	// ErrLocked is wrapped by the error about a file to which another guard writes.
	ErrLocked = errors.New("another guard writes to it")
	// ErrCorrupt is wrapped by errors about files that are damaged, or no stores.
	ErrCorrupt = errors.New("damaged, or not a file of ringmend-guard")
	// ErrVersion is wrapped by errors about files of another version.
	ErrVersion = errors.New("written by another version")
)

// wait is how long a read waits for a write to end, and the other way round.
const wait = 5 * time.Second

var (
	metaBucket  = []byte("meta")
	eventBucket = []byte("events")
	versionKey  = []byte("version")
)

// Store is a file that a guard writes to. Its methods must not be called concurrently.
type Store struct {
	path   string
	keep   time.Duration
	lock   *os.File
	pruned time.Time
}

// MaxEvents is how many events a file holds; the oldest go first.
const MaxEvents = 500_000

// Open opens a file for writing, or makes it. Events are kept for the given time.
func Open(path string, keep time.Duration) (*Store, error) {
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", path, err)
	}
	s := &Store{path: path, keep: keep, lock: lock}
	if err := s.update(func(*bbolt.Tx) error { return nil }); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

// Close gives the file up.
func (s *Store) Close() error { return s.lock.Close() }

// Append adds events, and gives each its number. What was not written is lost when the
// program ends.
func (s *Store) Append(events []timeline.Event) error {
	if len(events) == 0 {
		return nil
	}
	return s.update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(eventBucket)
		for i := range events {
			id, err := b.NextSequence()
			if err != nil {
				return err
			}
			events[i].ID = id
			value, err := json.Marshal(&events[i])
			if err != nil {
				return err
			}
			if err := b.Put(key(events[i].At, id), value); err != nil {
				return err
			}
		}
		return s.prune(b, events[len(events)-1].At)
	})
}

// prune drops what is too old, once an hour.
func (s *Store) prune(b *bbolt.Bucket, now time.Time) error {
	if now.Sub(s.pruned) < time.Hour {
		return nil
	}
	s.pruned = now
	surplus := b.Stats().KeyN - MaxEvents
	oldest := key(now.Add(-s.keep), 0)
	c := b.Cursor()
	for k, _ := c.First(); k != nil && (surplus > 0 || string(k) < string(oldest)); k, _ = c.First() {
		if err := c.Delete(); err != nil {
			return err
		}
		surplus--
	}
	return nil
}

// Read returns the events of a file from a time on, the latest ones if there are more
// than most, in order. A file that is not there is an error that wraps [fs.ErrNotExist].
func Read(path string, since time.Time, most int) (events []timeline.Event, err error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	err = with(path, true, func(db *bbolt.DB) error {
		return db.View(func(tx *bbolt.Tx) error {
			if err := checkVersion(tx); err != nil {
				return err
			}
			events, err = read(tx.Bucket(eventBucket), since, most)
			return err
		})
	})
	return events, err
}

// Read is the function Read for the file of the store.
func (s *Store) Read(since time.Time, most int) ([]timeline.Event, error) {
	return Read(s.path, since, most)
}

func read(b *bbolt.Bucket, since time.Time, most int) ([]timeline.Event, error) {
	if b == nil {
		return nil, ErrCorrupt
	}
	var events []timeline.Event
	oldest := string(key(since, 0))
	c := b.Cursor()
	for k, v := c.Last(); k != nil && string(k) >= oldest && len(events) < most; k, v = c.Prev() {
		var e timeline.Event
		if err := json.Unmarshal(v, &e); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		events = append(events, e)
	}
	slices.Reverse(events)
	return events, nil
}

// key orders events by time, and those of one time by number. Times before 1970 are 1970.
func key(at time.Time, id uint64) []byte {
	k := binary.BigEndian.AppendUint64(nil, uint64(max(at.UnixNano(), 0)))
	return binary.BigEndian.AppendUint64(k, id)
}

func (s *Store) update(change func(*bbolt.Tx) error) error {
	return with(s.path, false, func(db *bbolt.DB) error {
		return db.Update(func(tx *bbolt.Tx) error {
			if err := begin(tx); err != nil {
				return err
			}
			return change(tx)
		})
	})
}

// begin makes a new file one of this version, and refuses one of another.
func begin(tx *bbolt.Tx) error {
	if name, _ := tx.Cursor().First(); name != nil {
		return checkVersion(tx)
	}
	meta, err := tx.CreateBucket(metaBucket)
	if err != nil {
		return err
	}
	if _, err := tx.CreateBucket(eventBucket); err != nil {
		return err
	}
	return meta.Put(versionKey, fmt.Append(nil, Version))
}

func checkVersion(tx *bbolt.Tx) error {
	meta := tx.Bucket(metaBucket)
	if meta == nil || tx.Bucket(eventBucket) == nil {
		return fmt.Errorf("%w: a database of something else", ErrCorrupt)
	}
	if v := string(meta.Get(versionKey)); v != fmt.Sprint(Version) {
		return fmt.Errorf("%w: it is of version %.20q, this program reads %d", ErrVersion, v, Version)
	}
	return nil
}

// with opens the file, does something, and closes it. Of a damaged file bbolt may read
// what makes it panic, or map what is not there.
func with(path string, readOnly bool, do func(*bbolt.DB) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrCorrupt, r)
		}
		if err != nil {
			err = fmt.Errorf("store %s: %w", path, err)
		}
	}()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: wait, ReadOnly: readOnly})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("%w, and does not end (%v)", ErrLocked, wait)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return do(db)
}
