package iq

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/ringmend/ringmend/lease/etcd"
	"github.com/ringmend/ringmend/node/lease"
)

// etcdPrefix begins the keys of names.
const etcdPrefix = "einstein/iq/"

// OpenEtcd opens a store that all nodes share, in etcd; endpoints are separated by commas. etcd
// answers while it has a quorum and the node reaches it.
func OpenEtcd(endpoints string) (Store, error) {
	if endpoints == "" {
		return nil, errors.New("etcd: no endpoints")
	}
	client, err := clientv3.New(clientv3.Config{
		Endpoints: strings.Split(endpoints, ","), Logger: zap.NewNop(),
		// A connection that a partition has cut is given up, and made anew soon after it.
		DialKeepAliveTime: 5 * time.Second, DialKeepAliveTimeout: 3 * time.Second, PermitWithoutStream: true,
		DialOptions: []grpc.DialOption{grpc.WithConnectParams(grpc.ConnectParams{Backoff: dialBackoff, MinConnectTimeout: 2 * time.Second})},
	})
	if err != nil {
		return nil, fmt.Errorf("etcd: %w", err)
	}
	return etcdStore{client}, nil
}

// dialBackoff is that of gRPC, which has 2 minutes in place of 3 s.
var dialBackoff = backoff.Config{BaseDelay: time.Second, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 3 * time.Second}

type etcdStore struct{ client *clientv3.Client }

func (e etcdStore) Assign(ctx context.Context, name string, fresh Entry) (Entry, error) {
	body, err := json.Marshal(fresh)
	if err != nil {
		return Entry{}, err
	}
	key := etcdPrefix + name
	done, err := e.client.Txn(ctx).
		If(clientv3.Compare(clientv3.CreateRevision(key), "=", 0)).
		Then(clientv3.OpPut(key, string(body))).
		Else(clientv3.OpGet(key)).
		Commit()
	if err != nil {
		return Entry{}, fmt.Errorf("etcd: %w", err)
	}
	if done.Succeeded {
		return fresh, nil
	}
	var known Entry
	if found := done.Responses[0].GetResponseRange().Kvs; len(found) == 1 {
		err = json.Unmarshal(found[0].Value, &known)
	} else {
		err = fmt.Errorf("etcd: key %s is gone", key)
	}
	return known, err
}

func (etcdStore) Forget(func(string) bool) {}

func (e etcdStore) Close() error { return e.client.Close() }

func (etcdStore) shared() {}

// leaseKey holds the record of the resolver.
const leaseKey = "einstein/lease"

// Lease returns the lease for the strategy lease-majority, which is in the same etcd as the
// names. There is none in other stores.
func Lease(s Store) (lease.Lease, error) {
	e, is := s.(etcdStore)
	if !is {
		return nil, errors.New("the lease is kept in etcd, so the store must be etcd:ENDPOINTS")
	}
	return etcd.New(e.client, leaseKey)
}
