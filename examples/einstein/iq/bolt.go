package iq

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// boltVersion names the bucket. A later format gets another one.
var boltVersion = []byte("iq-1")

// lockWait is how long another process may still hold the file.
const lockWait = 2 * time.Second

// OpenBolt opens a store in a file, which no other process may use. A node finds there after a
// restart what it has assigned; what other nodes have assigned it does not know.
func OpenBolt(path string) (Store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(boltVersion)
		return err
	})
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("prepare %s: %w", path, err)
	}
	return boltStore{db}, nil
}

type boltStore struct{ db *bbolt.DB }

func (b boltStore) Assign(_ context.Context, name string, fresh Entry) (entry Entry, err error) {
	known := false
	err = b.db.View(func(tx *bbolt.Tx) (err error) {
		entry, known, err = boltGet(tx, name)
		return err
	})
	if err != nil || known {
		return entry, err
	}
	// Another request may have been quicker.
	err = b.db.Update(func(tx *bbolt.Tx) (err error) {
		if entry, known, err = boltGet(tx, name); err != nil || known {
			return err
		}
		entry = fresh
		body, err := json.Marshal(fresh)
		if err != nil {
			return err
		}
		return tx.Bucket(boltVersion).Put([]byte(name), body)
	})
	return entry, err
}

func boltGet(tx *bbolt.Tx, name string) (entry Entry, known bool, err error) {
	body := tx.Bucket(boltVersion).Get([]byte(name))
	if body == nil {
		return Entry{}, false, nil
	}
	return entry, true, json.Unmarshal(body, &entry)
}

func (boltStore) Forget(func(string) bool) {}

func (b boltStore) Close() error { return b.db.Close() }
