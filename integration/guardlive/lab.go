package guardlive

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/integration/nodelab"
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
	r := &run{Lab: l, Scenario: s}
	if err := r.start(dir); err != nil {
		return Outcome{}, err
	}
	defer r.nodes.Stop()
	defer func() {
		if err := l.network.Mend(); err != nil {
			panic(err) // later runs would not mean anything
		}
	}()
	for i, host := range s.Guards {
		if err := r.guard(filepath.Join(dir, fmt.Sprintf("guard%d.log", i)), host, hostsFile(dir)); err != nil {
			return Outcome{}, err
		}
	}
	defer r.stopGuards()
	err = r.cutAndMend()
	r.stopGuards()
	r.out.Logs = r.logged()
	return r.out, err
}

// starts is how often a ring is started that does not become one: ringpop-go's nodes may
// bootstrap into rings of their own.
const starts = 3

// start starts the nodes and waits until they are one ring.
func (r *run) start(dir string) error {
	var programs []string
	for _, letter := range r.Ring {
		programs = append(programs, r.Programs[string(letter)])
	}
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

// hostsFile is where a guard finds the nodes that start has started.
func hostsFile(dir string) string { return "file://" + filepath.Join(dir, "hosts.json") }

// guard starts a guard of some nodes on a host, or on the router. It logs to a file.
func (r *run) guard(file string, host int, nodes ...string) error {
	flags := r.Flags
	if flags == nil {
		flags = []string{"--mode=heal", "--log=debug", "--quiet"}
	}
	line := slices.Concat([]string{r.Programs["guard"]}, flags, nodes)
	if host != Router {
		line = r.network.On(host, line...)
	}
	guard, err := nodelab.StartLogged(file, line...)
	if err != nil {
		return fmt.Errorf("start a guard: %w", err)
	}
	r.guards = append(r.guards, guard)
	r.logs = append(r.logs, file)
	return nil
}

// logged returns what the guards have logged.
func (r *run) logged() string {
	var logs strings.Builder
	for _, file := range r.logs {
		log, _ := os.ReadFile(file) // none is a log without lines
		logs.Write(log)
	}
	return logs.String()
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
