package main

import (
	"bufio"
	"encoding/json"
	"os"
	"sync"
	"time"

	"github.com/ringmend/ringmend/integration/nodelab"
	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/node/wire"
)

// reality is a cluster of processes on hosts of their own.
type reality struct {
	network  *netlab.Network
	nodes    *nodelab.Nodes
	began    time.Time
	believed *views
	index    map[wire.Address]int

	mu        sync.Mutex
	listening []time.Duration // of each node, when its process was up; 0: it is not yet
}

func newReality(network *netlab.Network, program string, nodes int, dir string) (*reality, error) {
	r := &reality{network: network, believed: newViews(nodes), index: make(map[wire.Address]int), listening: make([]time.Duration, nodes)}
	programs := make([]string, nodes)
	for i := range programs {
		programs[i] = program
		r.index[wire.Address(nodelab.Address(network, i))] = i
	}
	r.began = time.Now()
	var err error
	r.nodes, err = nodelab.StartAs(network, programs, dir, nodelab.Setup{Flags: []string{"--log-format=json", "--log-level=debug"}, Read: r.read})
	return r, err
}

// entry is a line of a node's log, as far as it matters here.
type entry struct {
	Time        time.Time    `json:"time"`
	Message     string       `json:"msg"`
	Member      wire.Address `json:"member"`
	Status      wire.Status  `json:"status"`
	Incarnation int64        `json:"incarnation"`
}

// read follows what a node logs.
func (r *reality) read(node int, output *os.File) {
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue // of another form than those that matter
		}
		at := e.Time.Sub(r.began)
		switch e.Message {
		case "listening":
			r.mu.Lock()
			r.listening[node] = at
			r.mu.Unlock()
		case "member learned", "member changed":
			if member, ok := r.index[e.Member]; ok {
				r.believed.changed(node, member, belief{e.Status, e.Incarnation, true, at})
			}
		}
	}
}

func (r *reality) now() time.Duration { return time.Since(r.began) }

func (r *reality) pass(d time.Duration) error {
	time.Sleep(d)
	return nil
}

func (r *reality) views() *views { return r.believed }

func (r *reality) crash(node int) error {
	r.nodes.Kill(node)
	return nil
}

func (r *reality) cut(kind netlab.Kind, a, b []int) error { return r.network.Cut(kind, a, b) }
func (r *reality) mend() error                            { return r.network.Mend() }

func (r *reality) close() error {
	r.nodes.Stop()
	return r.network.Mend()
}

// started returns when the first process was up, and when the last one was.
func (r *reality) started() (first, last time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	first = r.listening[0]
	for _, at := range r.listening {
		first, last = min(first, at), max(last, at)
	}
	return first, last
}
