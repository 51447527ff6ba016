package guardlive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/integration/nodelab"
	"github.com/ringmend/ringmend/integration/scrape"
	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/node/wire"
)

// Lab runs scenarios, one after the other, on one network.
type Lab struct {
	// Programs are the executables by their letters, and that of the guard under "guard".
	Programs map[string]string
	// Limit is how long to wait for a ring to be one again.
	Limit time.Duration

	network *netlab.Network
}

// NewLab makes the network. It may be called once, in a process that is [netlab.Inside].
func NewLab(programs map[string]string, hosts int, limit time.Duration) (*Lab, error) {
	network, err := netlab.New(hosts)
	if err != nil {
		return nil, fmt.Errorf("make a network: %w", err)
	}
	return &Lab{Programs: programs, Limit: limit, network: network}, nil
}

// patience is how long a ring may take to come up, or to fall apart, on a busy machine.
const patience = time.Minute

// run is a scenario that is being run.
type run struct {
	*Lab
	Scenario
	setup  nodelab.Setup
	nodes  *nodelab.Nodes
	guards []*proc.Process
	logs   []string
	out    Outcome
}

// Run runs a scenario.
func (l *Lab) Run(s Scenario) (Outcome, error) {
	dir, err := os.MkdirTemp("", "ringmend-guardlive-")
	if err != nil {
		return Outcome{}, err
	}
	defer os.RemoveAll(dir)
	var programs []string
	for _, letter := range s.Ring {
		programs = append(programs, l.Programs[string(letter)])
	}
	r := &run{Lab: l, Scenario: s}
	if err := r.start(programs, dir); err != nil {
		return Outcome{}, err
	}
	defer r.nodes.Stop()
	defer func() {
		if err := l.network.Mend(); err != nil {
			panic(err) // later runs would not mean anything
		}
	}()
	for i, host := range s.Guards {
		if err := r.guard(i, host, dir); err != nil {
			return Outcome{}, err
		}
	}
	defer r.stopGuards()
	err = r.cutAndMend()
	r.stopGuards()
	for _, file := range r.logs {
		log, _ := os.ReadFile(file) // none is a log without lines
		r.out.Logs += string(log)
	}
	return r.out, err
}

// starts is how often a ring is started that does not become one: ringpop-go's nodes may
// bootstrap into rings of their own.
const starts = 3

// start starts the nodes and waits until they are one ring.
func (r *run) start(programs []string, dir string) error {
	for i := 1; ; i++ {
		nodes, err := nodelab.StartAs(r.network, programs, dir, r.setup)
		if err != nil {
			return fmt.Errorf("start nodes: %w", err)
		}
		r.nodes = nodes
		_, err = nodes.Await(patience, func(v []*wire.MembershipStats) bool { return r.whole(v) && nodes.Ready() })
		if err == nil {
			return nil
		}
		nodes.Stop()
		if i == starts {
			return fmt.Errorf("wait for one ring, %d times: %w", starts, err)
		}
	}
}

// guard starts a guard on a host, or on the router.
func (r *run) guard(i, host int, dir string) error {
	flags := r.Flags
	if flags == nil {
		flags = []string{"--mode=heal", "--log=debug", "--quiet"}
	}
	line := append([]string{r.Programs["guard"]}, flags...)
	line = append(line, "file://"+filepath.Join(dir, "hosts.json"))
	if host != Router {
		line = r.network.On(host, line...)
	}
	name := filepath.Join(dir, fmt.Sprintf("guard%d.log", i))
	guard, err := nodelab.StartLogged(name, line...)
	if err != nil {
		return fmt.Errorf("start a guard: %w", err)
	}
	r.guards = append(r.guards, guard)
	r.logs = append(r.logs, name)
	return nil
}

func (r *run) stopGuards() {
	for len(r.guards) > 0 {
		r.killGuard()
	}
}

func (r *run) killGuard() {
	r.guards[0].Kill()
	r.guards = r.guards[1:]
}

// cutAndMend cuts the ring, mends it, and waits for it to be one.
func (r *run) cutAndMend() error {
	if err := r.cut(); err != nil {
		return err
	}
	if err := r.during(false); err != nil {
		return err
	}
	if err := r.network.Mend(); err != nil {
		return err
	}
	if err := r.during(true); err != nil {
		return err
	}
	if r.Again || r.Kill {
		if _, err := r.nodes.Await(r.Limit, func(v []*wire.MembershipStats) bool { r.look(v); return r.merging(v) }); err != nil {
			return fmt.Errorf("wait for a merge to begin: %w", err)
		}
	}
	if r.Kill {
		r.killGuard()
	}
	if r.Again {
		if err := r.cut(); err != nil {
			return err
		}
		if err := r.network.Mend(); err != nil {
			return err
		}
	}
	took, err := r.nodes.Await(r.Limit, func(v []*wire.MembershipStats) bool { r.look(v); return r.whole(v) })
	if err != nil && !errors.Is(err, nodelab.ErrLimit) {
		return err
	}
	r.out.Took, r.out.Healed = took, err == nil
	// What a heal does to a member shows a suspect period later.
	_, err = r.nodes.Await(afterwards, func(v []*wire.MembershipStats) bool {
		r.look(v)
		if r.out.Healed && r.nodes.Harmed(v, r.all()) > 0 {
			r.out.Relapsed = true
		}
		return false
	})
	if !errors.Is(err, nodelab.ErrLimit) {
		return err
	}
	return nil
}

func (r *run) during(mended bool) error {
	if r.During == nil {
		return nil
	}
	return r.During(mended)
}

// afterwards is how long a ring is watched after it has healed: longer than a suspect
// period.
const afterwards = 7 * time.Second

// cut cuts the network, waits until the ring has fallen apart, and for a while after
// that: before, what becomes of it when the network returns is chance, with a guard as
// without.
func (r *run) cut() error {
	if err := r.network.Cut(r.Kind, r.parts()...); err != nil {
		return err
	}
	if _, err := r.nodes.Await(patience, func(v []*wire.MembershipStats) bool { r.look(v); return r.apart(v) }); err != nil {
		return fmt.Errorf("wait for the ring to fall apart: %w", err)
	}
	if _, err := r.nodes.Await(r.For, func(v []*wire.MembershipStats) bool { r.look(v); return false }); !errors.Is(err, nodelab.ErrLimit) {
		return err
	}
	return nil
}

func (r *run) look(views []*wire.MembershipStats) {
	r.out.Harmed += r.nodes.Harmed(views, r.parts()...)
}

// all returns all hosts.
func (r *run) all() []int { return slices.Concat(r.parts()...) }

// whole reports whether all nodes hold all alive. Rings of both programs never agree on
// their checksum, nor on incarnations for long enough to tell.
func (r *run) whole(views []*wire.MembershipStats) bool {
	mixed := strings.Contains(r.Ring, "n") && strings.Trim(r.Ring, "n") != ""
	if !mixed {
		return r.nodes.Whole(views)
	}
	for _, v := range views {
		if v == nil || alive(v) != len(r.Ring) {
			return false
		}
	}
	return true
}

func alive(v *wire.MembershipStats) int {
	n := 0
	for _, m := range v.Members {
		if m.Status == wire.Alive {
			n++
		}
	}
	return n
}

// apart reports whether no node holds one of another part up.
func (r *run) apart(views []*wire.MembershipStats) bool {
	for _, part := range r.parts() {
		for _, host := range part {
			if views[host] == nil || r.acrossUp(views[host], part) {
				return false
			}
		}
	}
	return true
}

// merging reports whether some node holds one of another part up.
func (r *run) merging(views []*wire.MembershipStats) bool {
	for _, part := range r.parts() {
		for _, host := range part {
			if views[host] != nil && r.acrossUp(views[host], part) {
				return true
			}
		}
	}
	return false
}

func (r *run) acrossUp(v *wire.MembershipStats, part []int) bool {
	own := make(map[string]bool)
	for _, host := range part {
		own[r.network.Address(host)] = true
	}
	for _, m := range v.Members {
		if m.Status.Pingable() && !own[m.Address.Host()] {
			return true
		}
	}
	return false
}

// Calm starts a ring and a guard that may heal, leaves them alone until the guard has
// looked so many times, and returns how often it has called which endpoint.
func (l *Lab) Calm(ring string, looks int) (map[string]int, error) {
	const address = "127.0.0.1:7951" // of namespaces of our own
	dir, err := os.MkdirTemp("", "ringmend-guardlive-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	r := &run{Lab: l, Scenario: Scenario{Ring: ring, Flags: []string{"--mode=heal", "--http=" + address, "--log=text"}}}
	var programs []string
	for _, letter := range ring {
		programs = append(programs, l.Programs[string(letter)])
	}
	if err := r.start(programs, dir); err != nil {
		return nil, err
	}
	defer r.nodes.Stop()
	if err := r.guard(0, Router, dir); err != nil {
		return nil, err
	}
	defer r.stopGuards()
	limit := time.Now().Add(patience + time.Duration(looks)*2*time.Second)
	for time.Now().Before(limit) {
		seen, calls, err := metrics(address)
		if err == nil && seen >= looks {
			return calls, nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	log, err := os.ReadFile(r.logs[0])
	return nil, fmt.Errorf("not %d looks: %w\n%s", looks, err, log)
}

// metrics returns how often a guard has looked, and how often it has called which
// endpoint.
func metrics(address string) (looks int, calls map[string]int, err error) {
	values, err := scrape.Metrics(context.Background(), address)
	if err != nil {
		return 0, nil, err
	}
	calls = make(map[string]int)
	for name, n := range values {
		if rest, found := strings.CutPrefix(name, `ringmend_guard_calls_total{endpoint="`); found {
			calls[strings.TrimSuffix(rest, `"}`)] = int(n)
		}
	}
	return int(values[`ringmend_guard_looks_total{result="ok"}`]), calls, nil
}
