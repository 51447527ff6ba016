//go:build linux

package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/version"
	"github.com/ringmend/ringmend/lab/fault"
	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/system"
	"github.com/ringmend/ringmend/lab/topology"
	"github.com/ringmend/ringmend/lab/workload"
)

// options is what the command line of a run says.
type options struct {
	config   result.Config
	programs map[string]*string // by the name of the flag
	location string
	matrix   string // file of latencies
	schedule string // file
	json     bool
	prompt   bool
	quiet    bool
}

// programNames are the flags that name programs.
var programNames = []string{"etcd", "ringmend", "ringpop-go", "einstein"}

func newOptions() *options {
	return &options{config: result.Config{Version: result.FormatVersion}, programs: map[string]*string{}}
}

func (o *options) flags(f *pflag.FlagSet) {
	f.SortFlags = false
	c := &o.config
	f.IntVar(&c.Nodes, "number-nodes", 3, "`N` nodes")
	f.IntVar(&c.Clients, "number-clients", 1, "`N` clients; with wan there is one for each node")
	f.Float64Var(&c.DurationS, "duration", 60, "`SECONDS` of load; the fault takes the middle third")
	f.Uint64Var(&c.Seed, "seed", 1, "`NUMBER` from which load, network and random faults are drawn")

	f.Float64Var(&c.LinkLatencyMS, "link-latency", 20, "one way, in `MS`")
	f.Float64Var(&c.LinkJitter, "link-jitter", 0, "standard deviation as a `FRACTION` of the latency; order is kept")
	f.Float64Var(&c.LinkLoss, "link-loss", 0, "`PERCENT` of packets lost on each link")
	f.Float64Var(&c.LinkRate, "link-rate", 0, "`MBIT` a second, 0 for any; packets queue")
	f.IntVar(&c.LinkQueue, "link-queue", 0, "`PACKETS` that may wait for a link with a rate (default 1000)")
	f.Float64Var(&c.LinkDuplicate, "link-duplicate", 0, "`PERCENT` of packets that arrive twice")
	f.Float64Var(&c.LinkReorder, "link-reorder", 0, "`PERCENT` of packets held back, so that others overtake them")
	f.StringVar(&o.matrix, "latency-matrix", "", "`FILE` with one-way latencies in ms between nodes (or nodes and clients), a line for each")

	f.Float64Var(&c.Rate, "rate", 100, "`N` operations a second, in all")
	f.IntVar(&c.MaxKey, "max-key", 1, "keys are 0 to `N`")
	f.IntVar(&c.PayloadSize, "payload-size", 10, "`BYTES` of a value")
	f.Float64Var(&c.WriteRatio, "write-ratio", 1, "`FRACTION` of the operations that write")
	f.StringVar(&c.Arrival, "arrival-process", "uniform", "uniform or poisson")
	f.Float64Var(&c.ZipfS, "zipf-s", 1.1, "exponent of zipf")
	f.IntVar(&c.MaxInFlight, "max-in-flight", 10_000, "operations beyond `N` under way are shed")
	f.DurationVar(&c.OpTimeout, "op-timeout", 2*time.Second, "`TIME` of an operation; after it the outcome is unknown")

	f.DurationVar(&c.FailureTimeout, "failure-timeout", time.Second, "`TIME`: etcd's election timeout; its heartbeat is a tenth")
	f.StringVar(&c.ReadMode, "read", "linearizable", "etcd's reads: linearizable or serializable")
	f.DurationVar(&c.StableAfter, "resolver-stable-after", result.DefaultStableAfter, "`TIME` without changes before a resolver decides")
	f.StringVar(&c.Handover, "resolver-handover", result.HandoverAuto, "`TIME` for which a node must have owned a key before it accepts it; auto is the least that is safe, off lets two sides serve until one has decided")
	f.StringVar(&c.Store, "store", result.StoreMem, "where einstein remembers: mem, bolt (a file of each node) or etcd (on a host that all nodes reach)")
	f.IntVar(&c.Target, "target", 0, "aim the fault at this `NODE` (default: the leader, or the owner of the key asked most)")
	f.StringVar(&c.How, "how", "drop", "what becomes of packets of a cut: drop, or reset")
	f.Float64Var(&c.MTBF, "mtbf", 1, "`SECONDS` of a cut that comes and goes, and between two")
	f.IntVar(&c.KillN, "kill-n", 1, "`N` nodes that kill-n keeps down")
	f.DurationVar(&c.Slow, "slow", 300*time.Millisecond, "`TIME` that slow adds to each link of the leader")
	f.Float64Var(&c.FaultLoss, "loss", 20, "`PERCENT` of packets that loss loses")
	f.DurationVar(&c.Skew, "skew", time.Minute, "`TIME` by which clock-skew moves a clock")
	f.IntVar(&c.Storm, "storm", 10, "`N` nodes that join-storm starts")
	f.IntVar(&c.DiskMB, "disk", 256, "`MB` of a node's disk, which is in memory")
	f.StringVar(&o.schedule, "schedule", "", "`FILE` with lines such as \"12s cut leader follower\", in place of the fault")
	f.DurationVar(&c.CheckLimit, "check-limit", time.Minute, "`TIME` for the check of a history")
	f.DurationVar(&c.MaxLateness, "max-lateness", result.DefaultMaxLateness, "a run is void when the machine was so busy that 1 % of the operations or packets were later than `TIME`")

	for _, name := range programNames {
		o.programs[name] = new(string)
		help := "`PATH` of the program (default: built)"
		if name == "etcd" {
			help = "`PATH` of the program, or " + system.EtcdBuild + " (default: installed, or built)"
		}
		f.StringVar(o.programs[name], name, "", help)
	}
	o.outputFlags(f)
}

// outputFlags adds what does not change a run itself.
func (o *options) outputFlags(f *pflag.FlagSet) {
	f.StringVar(&o.location, "result-location", "", "`DIR` for the results (default results/TIME-NAMES)")
	f.BoolVar(&o.json, "json", false, "print the summary as JSON")
	f.BoolVar(&o.quiet, "quiet", false, "no progress line")
}

// flagValues are the values that flags can have.
var flagValues = map[string][]string{
	"store": {result.StoreMem, result.StoreBolt, result.StoreEtcd}, "resolver-handover": {result.HandoverAuto, result.HandoverOff}, "arrival-process": {"uniform", "poisson"}, "read": {"linearizable", "serializable"}, "how": {"drop", "reset"},
}

// read takes the words of a command line, and checks all that can be checked before
// anything is started.
func (o *options) read(args []string) error {
	c := &o.config
	switch {
	case len(args) < 3 || len(args) < 4 && o.schedule == "" && !o.prompt:
		return usagef("SYSTEM TOPOLOGY WORKLOAD FAULT are expected, such as etcd simple uniform leader (see lab --help)")
	case len(args) == 3:
		args = append(args, "none")
	}
	c.System, c.Topology, c.Workload, c.Fault, c.FaultArgs = args[0], args[1], args[2], args[3], args[4:]
	var err error
	if o.matrix != "" {
		if c.LatencyMatrix, err = readFile(o.matrix, topology.ParseMatrix); err != nil {
			return usagef("--latency-matrix: %w", err)
		}
	}
	if o.schedule != "" {
		if c.Schedule, err = readFile(o.schedule, func(text string) (string, error) {
			_, err := fault.ParseSchedule(text)
			return text, err
		}); err != nil {
			return usagef("--schedule: %w", err)
		}
	}
	c.Programs = map[string]result.Program{}
	for name, path := range o.programs {
		if *path != "" {
			c.Programs[name] = result.Program{Path: *path, Given: true}
		}
	}
	return validate(c)
}

// validate looks at a configuration as a whole.
func validate(c *result.Config) error {
	kind, err := system.Lookup(c.System)
	if err != nil {
		return cli.Usage(err)
	}
	if err := c.Validate(); err != nil {
		return cli.Usage(err)
	}
	if !slices.Contains(workload.Names, c.Workload) {
		return usagef("unknown workload %q, there are %s", c.Workload, strings.Join(workload.Names, ", "))
	}
	if _, _, err := topology.New(c); err != nil {
		return cli.Usage(err)
	}
	f, err := fault.Lookup(c.Fault)
	if err != nil {
		return cli.Usage(err)
	}
	if why := kind.Refuses["clock-skew"]; why != "" && c.MovesClocks() {
		return usagef("%s cannot have clock-skew: %s", c.System, why)
	}
	if why := kind.Refuses[c.Fault]; why != "" {
		return usagef("%s cannot have %s: %s", c.System, c.Fault, why)
	}
	if err := f.Check(c); err != nil {
		return cli.Usage(err)
	}
	if c.Store != result.StoreMem && kind.Model != system.AssignOnce {
		return usagef("--store is %s: %s has no store", c.Store, c.System)
	}
	if kind.Check != nil {
		if err := kind.Check(c); err != nil {
			return cli.Usage(err)
		}
	}
	return nil
}

// maxFile bounds the files of a command line.
const maxFile = 16 << 20

func readFile[T any](name string, parse func(string) (T, error)) (value T, err error) {
	info, err := os.Stat(name)
	if err == nil && info.Size() > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes", name, maxFile)
	}
	if err != nil {
		return value, err
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return value, err
	}
	if value, err = parse(string(text)); err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return value, err
}

// facts fills in where a run is made.
func facts(c *result.Config) {
	c.Lab = version.Full("lab")
	c.Host = result.HostFacts{CPUs: runtime.NumCPU(), Go: runtime.Version(), Kernel: firstLine("/proc/sys/kernel/osrelease"), Load: firstLine("/proc/loadavg")}
	c.Began = time.Now().Truncate(time.Second)
	c.Command = os.Args
}

func firstLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}
