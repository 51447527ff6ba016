package etcd_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/ringmend/ringmend/lease/etcd"
	"github.com/ringmend/ringmend/lease/etcd/etcdtest"
	"github.com/ringmend/ringmend/node/lease"
	"github.com/ringmend/ringmend/node/lease/leasetest"
)

func client(t *testing.T, endpoint string) *clientv3.Client {
	t.Helper()
	c, err := clientv3.New(clientv3.Config{Endpoints: []string{endpoint}, Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func open(t *testing.T, c *clientv3.Client, key string) *etcd.Lease {
	t.Helper()
	l, err := etcd.New(c, key)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLease(t *testing.T) {
	endpoint := etcdtest.Start(t)
	leasetest.Run(t, func(t *testing.T) func() lease.Lease {
		return func() lease.Lease { return open(t, client(t, endpoint), "lease of "+t.Name()) }
	})
}

// A key that is in use for something else is left alone.
func TestWhatIsNoRecord(t *testing.T) {
	c := client(t, etcdtest.Start(t))
	for _, content := range []string{"", "leader", `{"version":1}`} {
		if _, err := c.Put(t.Context(), "taken", content); err != nil {
			t.Fatal(err)
		}
		if _, err := open(t, c, "taken").Advance(t.Context(), 0, leasetest.Record(1, 1)); !errors.Is(err, lease.ErrInvalid) || !strings.Contains(err.Error(), "taken") {
			t.Errorf("%q: %v", content, err)
		}
	}
	if _, err := etcd.New(c, ""); err == nil {
		t.Error("an empty key is accepted")
	}
}

// Without a server a call still ends with its context.
func TestNoServer(t *testing.T) {
	l := open(t, client(t, "http://127.0.0.1:1"), "key")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := l.Read(ctx); err == nil || errors.Is(err, lease.ErrConflict) {
		t.Errorf("read: %v", err)
	}
}
