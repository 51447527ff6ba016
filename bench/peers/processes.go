package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/internal/ports"
)

// packages are what a node of each program is built from.
var packages = map[string]string{
	ours:       "github.com/ringmend/ringmend/node/testpop",
	ringpopGo:  "github.com/uber/ringpop-go/scripts/testpop",
	memberList: "github.com/ringmend/ringmend/bench/memberpop",
	bare:       "github.com/ringmend/ringmend/bench/nodepop",
}

// bare is ours with the library and nothing else. The others' nodes are nothing else anyway.
const bare = "ours, bare"

// build builds the programs into a directory, all as ours are released: without C, which would
// add its library to what each process occupies.
func build(ctx context.Context, dir string, programs []string) error {
	if slices.Contains(programs, ours) {
		programs = append(slices.Clone(programs), bare)
	}
	for _, p := range programs {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(dir, p), packages[p])
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", p, err, out)
		}
	}
	return nil
}

// fleet is a cluster of processes.
type fleet struct {
	program string
	dir     string // of the programs and the list of hosts
	nodes   []*fleetNode
	ports   ports.Pool
	asker   *asker
}

type fleetNode struct {
	address string
	status  string // what to ask for the members
	ports   []int
	cmd     *exec.Cmd
	log     strings.Builder
}

// memory is what a process occupies, in bytes: in all, and without pages of files, which
// processes of the same program share.
type memory struct{ resident, private int }

// measureBare adds what a node of a cluster of programs occupies that are nothing else.
func measureBare(stop context.Context, dir, program string, n int, o *options, figures map[string]float64) error {
	if program != ours {
		figures[alone] = figures[resident]
		return nil
	}
	brief := *o
	brief.rest = time.Second // its memory alone is recorded
	small, err := measureProcesses(stop, dir, bare, n, &brief)
	if err == nil {
		figures[alone] = small[resident]
	}
	return err
}

// measureProcesses measures a cluster of processes.
func measureProcesses(stop context.Context, dir, program string, n int, o *options) (figures map[string]float64, err error) {
	f := &fleet{program: program, dir: dir}
	defer f.kill()
	if err := f.prepare(n); err != nil {
		return nil, err
	}
	figures = make(map[string]float64)
	began := time.Now()
	if err := f.start(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(stop, o.limit)
	defer cancel()
	if err := f.awaitAgreement(ctx); err != nil {
		return figures, fmt.Errorf("no agreement: %w%s", err, f.lastWords())
	}
	figures[agreeing] = time.Since(began).Seconds()
	cpu, err := f.cpu()
	if err != nil {
		return figures, err
	}
	figures[agreeingCPU] = cpu.Seconds() * 1000 / float64(n)
	if err := pause(stop, o.untilRest(n)); err != nil {
		return figures, err
	}
	return figures, f.measureRest(stop, o.rest, figures)
}

func (f *fleet) measureRest(stop context.Context, rest time.Duration, figures map[string]float64) error {
	before, err := f.cpu()
	if err != nil {
		return err
	}
	if err := pause(stop, rest); err != nil {
		return err
	}
	after, err := f.cpu()
	if err != nil {
		return err
	}
	n := float64(len(f.nodes))
	figures[restCPU] = (after - before).Seconds() / n / rest.Minutes()
	var sum memory
	for _, node := range f.nodes {
		m, err := memoryOf(node.cmd.Process.Pid)
		if err != nil {
			return err
		}
		sum.resident += m.resident
		sum.private += m.private
	}
	figures[resident] = float64(sum.resident) / n / (1 << 20)
	figures[private] = float64(sum.private) / n / (1 << 20)
	return nil
}

// prepare takes the ports, and writes the list of hosts that testpop reads.
func (f *fleet) prepare(n int) (err error) {
	for range n {
		node := new(fleetNode)
		f.nodes = append(f.nodes, node)
		if node.address, err = f.take(node); err != nil {
			return err
		}
		node.status = node.address
		if f.program == memberList {
			if node.status, err = f.take(node); err != nil {
				return err
			}
		}
	}
	text, err := json.Marshal(f.addresses())
	if err != nil {
		return err
	}
	if err := os.WriteFile(f.hostsFile(), text, 0o644); err != nil {
		return err
	}
	f.asker, err = newAsker()
	return err
}

// take takes an address for a node.
func (f *fleet) take(node *fleetNode) (address string, err error) {
	address, port, err := f.ports.Take("127.0.0.1")
	if err == nil {
		node.ports = append(node.ports, port)
	}
	return address, err
}

func (f *fleet) hostsFile() string { return filepath.Join(f.dir, "hosts.json") }

func (f *fleet) addresses() []string {
	var list []string
	for _, node := range f.nodes {
		list = append(list, node.address)
	}
	return list
}

func (f *fleet) start() error {
	for _, node := range f.nodes {
		if f.program == memberList {
			f.ports.Release(node.ports...) // they are marked by UDP sockets, which it needs itself
			node.ports = nil
		}
		args := []string{"--listen=" + node.address, "--hosts=" + f.hostsFile()}
		if f.program == memberList {
			seeds := f.addresses()[:min(memberlistSeeds, len(f.nodes))]
			args = []string{"--listen=" + node.address, "--status=" + node.status, "--join=" + strings.Join(seeds, ",")}
		}
		node.cmd = exec.Command(filepath.Join(f.dir, f.program), args...)
		node.cmd.Stderr = &node.log // read after its end only
		if err := node.cmd.Start(); err != nil {
			node.cmd = nil
			return err
		}
	}
	return nil
}

// kill ends the processes; again it does nothing.
func (f *fleet) kill() {
	for _, node := range f.nodes {
		if node.cmd != nil {
			_ = node.cmd.Process.Kill()
			_ = node.cmd.Wait()
			node.cmd = nil
		}
		f.ports.Release(node.ports...)
		node.ports = nil
	}
	if f.asker != nil {
		f.asker.close()
		f.asker = nil
	}
}

// lastWords returns the end of what the first node logged. It kills the nodes.
func (f *fleet) lastWords() string {
	first := f.nodes[0]
	f.kill()
	const most = 500
	log := first.log.String()
	return "; the first node says:\n" + log[max(0, len(log)-most):]
}

// awaitAgreement waits until all nodes hold all members for running, with one
// checksum. It asks one node at a time, and goes on to the next when that has all.
func (f *fleet) awaitAgreement(ctx context.Context) error {
	for agree, first := 0, uint32(0); agree < len(f.nodes); {
		members, checksum, err := f.asker.ask(ctx, f.program, f.nodes[agree].status)
		switch {
		case err == nil && members == len(f.nodes) && (agree == 0 || checksum == first):
			first = checksum
			agree++
			continue
		case err == nil && members == len(f.nodes):
			agree = 0 // a node has changed since
		}
		if err := pause(ctx, pollEvery); err != nil {
			return err
		}
	}
	return nil
}

// cpu is the time that all the processes have spent on processors.
func (f *fleet) cpu() (sum time.Duration, err error) {
	for _, node := range f.nodes {
		spent, err := processCPU(node.cmd.Process.Pid)
		if err != nil {
			return 0, fmt.Errorf("a node has ended: %w%s", err, f.lastWords())
		}
		sum += spent
	}
	return sum, nil
}
