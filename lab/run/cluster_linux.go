package run

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/ringmend/ringmend/lab/fault"
	"github.com/ringmend/ringmend/lab/host"
	"github.com/ringmend/ringmend/lab/link"
	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/system"
	"github.com/ringmend/ringmend/lab/topology"
	"github.com/ringmend/ringmend/lab/workload"
)

// Cluster is the nodes of a system on their hosts.
type Cluster struct {
	config  *result.Config
	dir     string // of the results
	layout  *topology.Layout
	net     *host.Network
	system  system.System
	plan    []workload.Planned
	keys    []string // whose owners are looked at
	nodes   []*node  // and spare ones after Config.Nodes
	store   *node    // that the nodes share; nil if there is none
	key     string   // the one that is asked most
	samples *sampler // nil until the load begins

	began time.Time // of the load, or of the cluster before there is any

	mu       sync.Mutex
	events   []result.Event
	evidence []result.Evidence
	pending  []proof // of cuts and changes that are in force
	joined   []int   // spare nodes that run
	led      int     // who led when that was last asked; -1 if no node did
}

// logMode is that of what a run writes.
const logMode = 0o644

// NewCluster makes the hosts of a run. No node runs yet.
func NewCluster(c *result.Config, dir string) (*Cluster, error) {
	layout, links, err := topology.New(c)
	if err != nil {
		return nil, err
	}
	cl := &Cluster{config: c, dir: dir, layout: layout, began: time.Now(), led: -1}
	if err := os.MkdirAll(filepath.Join(dir, "logs"), 0o755); err != nil {
		return nil, err
	}
	if cl.net, err = host.NewNetwork(layout.Names, links); err != nil {
		return nil, err
	}
	if err := cl.prepare(); err != nil {
		cl.net.Close()
		return nil, err
	}
	return cl, nil
}

// prepare draws the load, and makes the nodes that it is for.
func (cl *Cluster) prepare() (err error) {
	if cl.plan, err = workload.Plan(cl.config, cl.layout.ClientOf); err != nil {
		return err
	}
	cl.key = workload.Frequent(cl.plan)
	cl.keys = keysOf(cl.plan, cl.key, maxOwned)
	return cl.makeNodes()
}

// keysOf returns a key and the first others that are asked.
func keysOf(plan []workload.Planned, first string, most int) []string {
	keys, seen := []string{first}, map[string]bool{first: true}
	for i := range plan {
		if key := plan[i].Key; !seen[key] && len(keys) < most {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

func (cl *Cluster) makeNodes() error {
	kind, err := system.Lookup(cl.config.System)
	if err != nil {
		return err
	}
	env := system.Env{Keys: cl.keys}
	for i, h := range append(append([]int(nil), cl.layout.Nodes...), cl.layout.Spare...) {
		n, place, err := cl.makeNode(h)
		if err != nil {
			return err
		}
		n.number, n.name = i, fmt.Sprintf("node %d", i+1)
		n.command = func() system.Command { return cl.system.Command(i) }
		cl.nodes = append(cl.nodes, n)
		if i < cl.config.Nodes {
			env.Nodes = append(env.Nodes, place)
		} else {
			env.Spare = append(env.Spare, place)
		}
	}
	for _, h := range cl.layout.Store {
		n, place, err := cl.makeNode(h)
		if err != nil {
			return err
		}
		n.name, n.command = "the store", func() system.Command { return cl.system.(system.Storing).StoreCommand() }
		cl.store, env.Store = n, &place
	}
	for _, h := range cl.layout.Clients {
		env.Clients = append(env.Clients, cl.net.Hosts[h].Dial)
	}
	cl.system, err = kind.New(cl.config, env)
	return err
}

// makeNode makes what a node needs of its host.
func (cl *Cluster) makeNode(h int) (*node, system.Place, error) {
	name := cl.layout.Names[h]
	n := &node{host: cl.net.Hosts[h], dir: filepath.Join(cl.dir, DataDir, name), log: filepath.Join(cl.dir, "logs", name+".log")}
	place := system.Place{Address: n.host.Address.String(), Dir: n.dir, Self: n.host.Dial}
	err := host.MountMemory(n.dir, int64(cl.config.DiskMB)<<20)
	if err == nil && cl.config.MovesClocks() {
		n.clock, err = system.NewClock(filepath.Join(n.dir, "clock"))
	}
	return n, place, err
}

// all are the nodes, the spare ones, and the store.
func (cl *Cluster) all() []*node {
	if cl.store == nil {
		return cl.nodes
	}
	return append(slices.Clone(cl.nodes), cl.store)
}

// DataDir is where the nodes' data is below the results, in memory, while they run.
const DataDir = "data"

// Start starts the store and all nodes but the spare ones.
func (cl *Cluster) Start() error {
	if cl.store != nil {
		if err := cl.store.start(); err != nil {
			return err
		}
	}
	for _, n := range cl.members() {
		if err := n.start(); err != nil {
			return err
		}
	}
	return nil
}

// members are the nodes that are not spare.
func (cl *Cluster) members() []*node { return cl.nodes[:cl.config.Nodes] }

// Close kills all nodes and removes the hosts.
func (cl *Cluster) Close() {
	cl.system.Close()
	for _, n := range cl.all() {
		n.kill()
	}
	cl.net.Close()
	for _, n := range cl.all() {
		_ = host.Unmount(n.dir) // it ends with this process at the latest
	}
}

// AwaitReady waits until the system can be measured.
func (cl *Cluster) AwaitReady(ctx context.Context, limit time.Duration, progress func(string)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errNotReady)
	defer cancel()
	var why error
	for {
		for _, n := range cl.all() {
			if ended := n.endedEarly(); ended != "" {
				return fmt.Errorf("%s has ended, %s; the end of its log: %s", n.name, ended, n.lastWords())
			}
		}
		if why = cl.system.Ready(cl.askSome(ctx, cl.config.Nodes+cl.spares())); why == nil {
			return nil
		}
		progress("waiting: " + why.Error())
		select {
		case <-time.After(sampleEvery):
		case <-ctx.Done():
			if context.Cause(ctx) == errNotReady {
				return fmt.Errorf("not ready after %v: %w", limit, why)
			}
			return context.Cause(ctx)
		}
	}
}

var errNotReady = fmt.Errorf("the system is not ready")

// ask asks all nodes for their states at once.
func (cl *Cluster) ask(ctx context.Context) []system.State { return cl.askSome(ctx, cl.config.Nodes) }

// spares is how many spare nodes run.
func (cl *Cluster) spares() int {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	return len(cl.joined)
}

func (cl *Cluster) askSome(ctx context.Context, n int) []system.State {
	states := make([]system.State, n)
	var asking sync.WaitGroup
	for i := range states {
		asking.Go(func() { states[i] = cl.askOne(ctx, i) })
	}
	asking.Wait()
	return states
}

func (cl *Cluster) askOne(ctx context.Context, node int) system.State {
	ctx, cancel := context.WithTimeout(ctx, stateTimeout)
	defer cancel()
	s, err := cl.system.State(ctx, node)
	if err != nil {
		return system.State{Leader: -1}
	}
	return s
}

// leads returns the node that faults are aimed at, if there is one now.
func (cl *Cluster) leads(ctx context.Context) (int, bool) {
	if cl.config.Target > 0 {
		return cl.config.Target - 1, true
	}
	leader, ok := cl.system.Leader(cl.latest(ctx), cl.key)
	if !ok { // the samples may be old, or there are none yet
		leader, ok = cl.system.Leader(cl.ask(ctx), cl.key)
	}
	return leader, ok
}

// scene is what names of nodes mean now. While no node leads, the leader is the one that led before.
func (cl *Cluster) scene(ctx context.Context) fault.Scene {
	leader, ok := cl.leads(ctx)
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if ok {
		cl.led = leader
	}
	return fault.Scene{Nodes: cl.config.Nodes, Leader: cl.led}
}

// now is the time since the load began.
func (cl *Cluster) now() result.Seconds { return result.SecondsOf(max(0, time.Since(cl.began))) }

func (cl *Cluster) event(e result.Event) {
	e.At = cl.now()
	cl.mu.Lock()
	defer cl.mu.Unlock()
	cl.events = append(cl.events, e)
}

// reaches reports whether packets of one node get to another and back.
func (cl *Cluster) reaches(a, b int) (both bool) {
	ha, hb := cl.hostOf(a), cl.hostOf(b)
	cl.net.With(func(l *link.Network) { both = !l.IsCut(ha, hb) && !l.IsCut(hb, ha) })
	return both
}

func (cl *Cluster) hostOf(node int) int {
	if node < cl.config.Nodes {
		return cl.layout.Nodes[node]
	}
	return cl.layout.Spare[node-cl.config.Nodes]
}

// Packets returns what became of the packets of each link.
func (cl *Cluster) Packets() []result.LinkCounts {
	var all []result.LinkCounts
	cl.net.With(func(l *link.Network) {
		for a, from := range cl.layout.Names {
			for b, to := range cl.layout.Names {
				if c := l.Counts(a, b); c.Sent > 0 {
					entry := result.LinkCounts{From: from, To: to, Counts: c}
					if c.Delivered > 0 {
						entry.MeanDelayMS = float64(c.Delayed.Microseconds()) / float64(c.Delivered) / 1000
					}
					all = append(all, entry)
				}
			}
		}
	})
	return all
}
