package admin_test

import (
	"context"
	"fmt"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/tchan"
)

// Look at a cluster through one of its nodes.
func Example() {
	transport, err := tchan.New(tchan.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer transport.Close()
	where, err := admin.ParseDiscovery("127.0.0.1:3000")
	if err != nil {
		fmt.Println(err)
		return
	}
	hosts, err := where.Hosts()
	if err != nil {
		fmt.Println(err)
		return
	}
	client := admin.NewClient(transport, admin.DefaultTimeout)
	cluster, err := admin.Crawl(context.Background(), client, hosts, admin.DefaultConcurrency)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range cluster.Partitions() {
		fmt.Println(p.Checksum, p.Nodes)
	}
	for _, n := range cluster.Failed() {
		fmt.Println(n.Err)
	}
}
