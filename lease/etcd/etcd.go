package etcd

import (
	"context"
	"errors"
	"fmt"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/ringmend/ringmend/node/lease"
)

// Lease is a lease in a key.
type Lease struct {
	client *clientv3.Client
	key    string
}

// New returns the lease in a key, which need not exist yet. The client stays the caller's, who
// closes it after the node. A user of etcd needs the permission to read and write that key.
func New(client *clientv3.Client, key string) (*Lease, error) {
	if key == "" {
		return nil, errors.New("lease: no key")
	}
	return &Lease{client, key}, nil
}

// Read implements [lease.Lease]. etcd answers it only while it has a quorum.
func (l *Lease) Read(ctx context.Context) (lease.Record, error) {
	record, _, err := l.read(ctx)
	return record, err
}

// Advance implements [lease.Lease].
func (l *Lease) Advance(ctx context.Context, from uint64, to lease.Record) (lease.Record, error) {
	record, revision, err := l.read(ctx)
	switch {
	case err != nil:
		return lease.Record{}, err
	case record.Epoch != from:
		return lease.Record{}, lease.Conflict(from, record.Epoch)
	}
	body, err := lease.Encode(to)
	if err != nil {
		return lease.Record{}, err
	}
	// The client sends no write a second time unless it knows that the first was not done.
	done, err := l.client.Txn(ctx).
		If(clientv3.Compare(clientv3.ModRevision(l.key), "=", revision)).
		Then(clientv3.OpPut(l.key, string(body))).
		Commit()
	switch {
	case err != nil:
		return lease.Record{}, err
	case !done.Succeeded:
		return lease.Record{}, fmt.Errorf("%w: key %s has another revision than %d", lease.ErrConflict, l.key, revision)
	}
	return to, nil
}

// read returns the record and the revision of the key; 0 if there is none.
func (l *Lease) read(ctx context.Context) (record lease.Record, revision int64, err error) {
	found, err := l.client.Get(ctx, l.key)
	if err != nil || len(found.Kvs) == 0 {
		return lease.Record{}, 0, err
	}
	record, err = lease.Decode(found.Kvs[0].Value)
	if err != nil {
		return lease.Record{}, 0, fmt.Errorf("key %s: %w", l.key, err)
	}
	return record, found.Kvs[0].ModRevision, nil
}
