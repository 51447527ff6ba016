package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/ringmend/ringmend/lease/etcd"
	"github.com/ringmend/ringmend/node/lease"
	"github.com/ringmend/ringmend/node/testpop/app"
)

func main() {
	app.Leases["etcd"] = open
	os.Exit(app.Main(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// open opens the lease in a key of etcd.
func open(what string) (lease.Lease, io.Closer, error) {
	endpoints, key, found := strings.Cut(what, "/")
	if !found || endpoints == "" || key == "" {
		return nil, nil, errors.New("it must be etcd:HOST:PORT,HOST:PORT/KEY")
	}
	client, err := clientv3.New(clientv3.Config{Endpoints: strings.Split(endpoints, ","), Logger: zap.NewNop()})
	if err != nil {
		return nil, nil, err
	}
	l, err := etcd.New(client, key)
	return l, client, err
}
