package node_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
)

// Two nodes that find each other and agree on who owns a key.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	first, err := node.New(node.Config{App: "orders", Address: "127.0.0.1:0", Hosts: discovery.Static{}})
	if err != nil {
		log.Fatal(err)
	}
	defer first.Close()
	if err := first.Bootstrap(ctx); err != nil {
		log.Fatal(err)
	}

	second, err := node.New(node.Config{
		App:     "orders",
		Address: "127.0.0.1:0",
		Hosts:   discovery.Static{first.Address()},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer second.Close()
	if err := second.Bootstrap(ctx); err != nil {
		log.Fatal(err)
	}

	for len(first.Members()) < 2 && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond) // until a ping has told first of second
	}
	a, _ := first.Lookup("order-4711")
	b, _ := second.Lookup("order-4711")
	fmt.Println("same owner:", a == b)
	// Output: same owner: true
}

// A listener gets an event for everything that happens to the cluster.
func ExampleConfig_listener() {
	n, err := node.New(node.Config{
		App:     "orders",
		Address: "127.0.0.1:0",
		Hosts:   discovery.Static{},
		Listener: func(e node.Event) {
			if ring, ok := e.(node.RingChanged); ok {
				fmt.Println("servers in the ring:", ring.Servers)
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
}
