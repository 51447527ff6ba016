package guardlive

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ringmend/ringmend/guard/watch"
	"github.com/ringmend/ringmend/integration/nodelab"
	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/node/wire"
)

// Ring is a ring of stock programs with a guard beside it, to which a test does what does
// not end well without one.
type Ring struct {
	*nodelab.Nodes
	network *netlab.Network
	run     *run
	dir     string
	limit   time.Duration
}

// page is where the guards of rings serve their pages, in namespaces of their own.
const page = "127.0.0.1:7952"

// NewRing starts a ring, and waits until it is one.
func (l *Lab) NewRing(ring string, setup nodelab.Setup) (*Ring, error) {
	dir, err := os.MkdirTemp("", "ringmend-guardlive-")
	if err != nil {
		return nil, err
	}
	r := &run{Lab: l, Scenario: Scenario{Ring: ring, Flags: []string{"--mode=heal", "--log=debug", "--http=" + page}}, setup: setup}
	if err := r.start(dir); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return &Ring{Nodes: r.nodes, network: l.network, run: r, dir: dir, limit: l.Limit}, nil
}

// Close ends the ring and the guard.
func (r *Ring) Close() {
	r.run.stopGuards()
	r.Stop()
	os.RemoveAll(r.dir)
}

// Guard starts a guard that reaches all nodes, and is given the addresses of some.
func (r *Ring) Guard(nodes ...int) error {
	var addresses []string
	for _, i := range nodes {
		addresses = append(addresses, string(r.Address(i)))
	}
	return r.run.guard(filepath.Join(r.dir, "guard.log"), Router, addresses...)
}

// Logs returns what the guard has logged.
func (r *Ring) Logs() string { return r.run.logged() }

// Cut cuts the ring by resets.
func (r *Ring) Cut(parts ...[]int) error { return r.network.Cut(netlab.Reset, parts...) }

// Mend ends the cut.
func (r *Ring) Mend() error { return r.network.Mend() }

// AwaitHeld waits until all observers hold a member for something, which absent
// members are for "".
func (r *Ring) AwaitHeld(member int, status string, observers ...int) error {
	return r.await(fmt.Sprintf("node %d held %q", member, status), func(views []*wire.MembershipStats) bool {
		for _, i := range observers {
			if views[i] == nil || held(views[i], r.Address(member)).status != status {
				return false
			}
		}
		return true
	})
}

// AwaitAlive waits until nodes hold each other alive.
func (r *Ring) AwaitAlive(nodes ...int) error {
	return r.await("all alive", func(views []*wire.MembershipStats) bool {
		for _, i := range nodes {
			for _, other := range nodes {
				if views[i] == nil || held(views[i], r.Address(other)).status != "alive" {
					return false
				}
			}
		}
		return true
	})
}

func (r *Ring) await(what string, ok func([]*wire.MembershipStats) bool) error {
	if _, err := r.Await(r.limit, ok); err != nil {
		return fmt.Errorf("wait for %s: %w", what, err)
	}
	return nil
}

type belief struct {
	status      string
	incarnation int64
}

func held(v *wire.MembershipStats, member wire.Address) belief {
	for _, m := range v.Members {
		if m.Address == member {
			return belief{m.Status.String(), m.Incarnation}
		}
	}
	return belief{}
}

// Incarnation returns the one at which node i holds a member, 0 for none.
func (r *Ring) Incarnation(i, member int) int64 {
	if v := r.Views()[i]; v != nil {
		return held(v, r.Address(member)).incarnation
	}
	return 0
}

// Tell tells node i a change, as a guard does that knows nothing of the node.
func (r *Ring) Tell(i int, c wire.Change, app string) error {
	body, err := new(wire.Encoder).Encode(&wire.Ping{Source: watch.Source, SourceIncarnation: 1, Checksum: 1, App: app, Changes: wire.Changes(c)})
	if err != nil {
		return err
	}
	_, err = r.Call(i, wire.EndpointPing, body)
	return err
}

// Finding is what the guard finds wrong.
type Finding struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
	Help string `json:"help"`
}

// AwaitFinding waits until the guard finds something of a kind. It reads all states that the
// guard publishes: what the guard mends at once is found in one of them only.
func (r *Ring) AwaitFinding(kind string) (Finding, error) {
	ctx, cancel := context.WithTimeout(context.Background(), r.limit)
	defer cancel()
	for {
		found, err := findingIn(ctx, kind)
		if err == nil {
			return found, nil
		}
		select {
		case <-ctx.Done():
			return Finding{}, fmt.Errorf("the guard finds nothing of kind %s: %w", kind, err)
		case <-time.After(20 * time.Millisecond): // the page is not served yet
		}
	}
}

// findingIn follows the stream of a guard until it has a finding of a kind.
func findingIn(ctx context.Context, kind string) (Finding, error) {
	body, err := open(ctx, "/api/v1/stream")
	if err != nil {
		return Finding{}, err
	}
	defer body.Close()
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	for event := ""; lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			event = name
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok || event != "state" {
			continue
		}
		var state struct {
			Findings []Finding `json:"findings"`
		}
		if err := json.Unmarshal([]byte(data), &state); err != nil {
			return Finding{}, err
		}
		for _, f := range state.Findings {
			if f.Kind == kind {
				return f, nil
			}
		}
	}
	return Finding{}, cmp.Or(lines.Err(), io.ErrUnexpectedEOF)
}

// AwaitLooks waits until the guard has looked twice more: it has seen what is so now.
func (r *Ring) AwaitLooks() error {
	began := time.Now()
	seen := make(map[time.Time]bool)
	return rig.Until(r.limit, func() error {
		var state struct {
			SeenAt time.Time `json:"seenAt"`
		}
		if err := r.get("/api/v1/state", &state); err != nil {
			return err
		}
		if state.SeenAt.After(began) {
			seen[state.SeenAt] = true
		}
		if len(seen) < 2 {
			return errors.New("the guard does not look")
		}
		return nil
	})
}

func (r *Ring) get(path string, into any) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	body, err := open(ctx, path)
	if err != nil {
		return err
	}
	defer body.Close()
	return json.NewDecoder(body).Decode(into)
}

// open asks the page of a guard.
func open(ctx context.Context, path string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+page+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, errors.New(response.Status)
	}
	return response.Body, nil
}
