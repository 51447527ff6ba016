package trial

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/proc"
)

// runVariable makes a test binary run the program that it tests.
const runVariable = "RINGMEND_EXAMPLE"

// Main runs the program instead of its tests if this process is to be one of its nodes.
func Main(m *testing.M, program func()) {
	if os.Getenv(runVariable) != "" {
		program()
		return
	}
	os.Exit(m.Run())
}

// Outcome is what became of a request.
type Outcome int

// The outcomes.
const (
	Answered    Outcome = iota
	NotExecuted         // the client may ask another node, whatever the request
	Lost                // outcome unknown
)

// Service is the program under test, and its clients.
type Service struct {
	// Args returns the command line of a node; hosts is the file that lists all.
	Args func(i int, hosts string) []string
	// Addresses are what the file lists.
	Addresses []string
	// Ask sends a request for a key to a node: one that changes nothing, or one that must
	// not be executed twice.
	Ask func(ctx context.Context, node int, key string, changes bool) (Outcome, error)
}

const (
	clients   = 6
	keys      = 50
	avoidance = 2 * time.Second // of a node that has refused something
)

// trial is a run of a service.
type trial struct {
	*testing.T
	Service
	hosts string
	nodes []*proc.Process
	logs  []*await.Buffer // of each node, over all of its lives

	answered atomic.Int64
	avoid    []atomic.Int64 // until when, by node, in nanoseconds since 1970
	mu       sync.Mutex
	failed   []string // requests whose clients got no answer
}

// Run is the trial: no request fails during a rolling restart, and after a kill at most
// those that were in flight, each once.
func Run(t *testing.T, s Service) {
	tr := &trial{T: t, Service: s, avoid: make([]atomic.Int64, len(s.Addresses)), hosts: filepath.Join(t.TempDir(), "hosts.json")}
	list, err := json.Marshal(s.Addresses)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(tr.hosts, list, 0o644); err != nil {
		t.Fatal(err)
	}
	for i := range s.Addresses {
		tr.logs = append(tr.logs, new(await.Buffer))
		tr.nodes = append(tr.nodes, nil)
		tr.start(i)
	}
	t.Cleanup(tr.end)
	tr.ready()

	ctx, cancel := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for range clients {
		load.Go(func() { tr.load(ctx) })
	}
	tr.more(200)
	for i := range tr.nodes {
		if err := tr.nodes[i].Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		<-tr.nodes[i].Done()
		if code := tr.nodes[i].ExitCode(); code != 0 {
			t.Errorf("node %d ends with code %d", i, code)
		}
		tr.more(200)
		tr.start(i)
		tr.ready()
		tr.more(200)
	}
	if failed := tr.failures(); len(failed) > 0 {
		t.Errorf("%d requests failed during a rolling restart: %v", len(failed), failed)
	}
	restarted := tr.answered.Load()

	tr.nodes[0].Kill()
	<-tr.nodes[0].Done()
	tr.allKeys()
	cancel()
	load.Wait()
	failed := tr.failures()
	if len(failed) > clients {
		t.Errorf("%d requests failed after a kill, with %d in flight: %v", len(failed), clients, failed)
	}
	t.Logf("%d requests were answered during a rolling restart, and %d more; %d were lost with the killed node",
		restarted, tr.answered.Load()-restarted, len(failed))
}

func (tr *trial) start(i int) {
	tr.Helper()
	p, err := proc.Start(proc.Spec{
		Path: os.Args[0], Args: tr.Args(i, tr.hosts), Env: []string{runVariable + "=1"}, Output: proc.To(tr.logs[i]),
	})
	if err != nil {
		tr.Fatal(err)
	}
	tr.nodes[i] = p
}

func (tr *trial) end() {
	for _, p := range tr.nodes {
		p.Kill()
		<-p.Done()
	}
	if tr.Failed() {
		for i, l := range tr.logs {
			tr.Logf("node %d:\n%s", i, l.String())
		}
	}
}

// ready waits until all nodes handle requests.
func (tr *trial) ready() {
	tr.Helper()
	for i := range tr.nodes {
		await.True(tr, await.Patience, fmt.Sprintf("node %d is ready", i), func() bool {
			outcome, _ := tr.ask(tr.Context(), i, "a key", false)
			return outcome == Answered
		})
	}
}

// allKeys waits until every key is answered for again.
func (tr *trial) allKeys() {
	tr.Helper()
	for key := range keys {
		await.True(tr, await.Patience, "all keys have owners again", func() bool {
			outcome, _ := tr.ask(tr.Context(), 1, fmt.Sprint("key ", key), false)
			return outcome == Answered
		})
	}
}

// more waits until more requests were answered.
func (tr *trial) more(n int64) {
	tr.Helper()
	want := tr.answered.Load() + n
	await.True(tr, await.Patience, fmt.Sprint(n, " more requests are answered"), func() bool { return tr.answered.Load() >= want })
}

func (tr *trial) ask(ctx context.Context, node int, key string, changes bool) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, await.Patience)
	defer cancel()
	return tr.Ask(ctx, node, key, changes)
}

// load makes requests, one after the other, as clients behind a load balancer do: where
// nothing was executed another node is asked, the one that has refused is left alone for a
// while, and a request that changes nothing is repeated whatever came of it.
func (tr *trial) load(ctx context.Context) {
	for ctx.Err() == nil {
		key, changes := fmt.Sprint("key ", rand.IntN(keys)), rand.IntN(2) == 0
		for {
			node := tr.pick()
			outcome, err := tr.ask(ctx, node, key, changes)
			if ctx.Err() != nil {
				return
			}
			if outcome == Answered {
				tr.answered.Add(1)
				break
			}
			tr.avoid[node].Store(time.Now().Add(avoidance).UnixNano())
			if outcome == Lost && changes {
				tr.mu.Lock()
				tr.failed = append(tr.failed, err.Error())
				tr.mu.Unlock()
				break
			}
		}
	}
}

// pick returns a node that has not refused a request of late.
func (tr *trial) pick() int {
	for {
		node := rand.IntN(len(tr.nodes))
		if time.Now().UnixNano() >= tr.avoid[node].Load() {
			return node
		}
		time.Sleep(time.Millisecond) // as clients do when all nodes have refused of late
	}
}

func (tr *trial) failures() []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.failed
}
