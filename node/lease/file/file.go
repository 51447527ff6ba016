package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/ringmend/ringmend/internal/atomicfile"
	"github.com/ringmend/ringmend/node/lease"
)

// Lease is a lease in a file.
type Lease struct{ path string }

// New returns the lease in a file, which need not exist yet, in a folder that does.
func New(path string) *Lease { return &Lease{path} }

// Read implements [lease.Lease].
func (l *Lease) Read(ctx context.Context) (record lease.Record, err error) {
	err = l.locked(ctx, func() error {
		record, err = l.read()
		return err
	})
	return record, err
}

// Advance implements [lease.Lease].
func (l *Lease) Advance(ctx context.Context, from uint64, to lease.Record) (lease.Record, error) {
	err := l.locked(ctx, func() error {
		record, err := l.read()
		if err != nil {
			return err
		}
		if record.Epoch != from {
			return lease.Conflict(from, record.Epoch)
		}
		body, err := lease.Encode(to)
		if err != nil {
			return err
		}
		return atomicfile.Write(l.path, append(body, '\n'))
	})
	if err != nil {
		return lease.Record{}, err
	}
	return to, nil
}

func (l *Lease) read() (lease.Record, error) {
	body, err := os.ReadFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return lease.Record{}, nil
	}
	if err != nil {
		return lease.Record{}, err
	}
	record, err := lease.Decode(body)
	if err != nil {
		return lease.Record{}, fmt.Errorf("%s: %w", l.path, err)
	}
	return record, nil
}

// lockPause is the pause between two attempts to take a lock that is held.
const lockPause = 10 * time.Millisecond

// locked does something under the lock. A file system that does not answer may keep it for
// longer than ctx: then it goes on alone, and its end is not waited for.
func (l *Lease) locked(ctx context.Context, do func() error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	done := make(chan error, 1)
	go func() { done <- l.lockAnd(ctx, do) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (l *Lease) lockAnd(ctx context.Context, do func() error) (err error) {
	lock, err := os.OpenFile(l.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }() // ends the lock
	for {
		switch got, err := tryLock(lock); {
		case err != nil:
			return fmt.Errorf("lock %s: %w", lock.Name(), err)
		case got:
			return do()
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
