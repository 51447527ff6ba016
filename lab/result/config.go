package result

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// Config has every setting of a run; config.json is this. Times are in nanoseconds
// where their name does not say otherwise.
type Config struct {
	Version int `json:"version"`

	System    string   `json:"system"`
	Topology  string   `json:"topology"`
	Workload  string   `json:"workload"`
	Fault     string   `json:"fault"`
	FaultArgs []string `json:"faultArgs,omitempty"`

	Nodes   int `json:"nodes"`
	Clients int `json:"clients"`

	LinkLatencyMS float64     `json:"linkLatencyMs"` // one way
	LinkJitter    float64     `json:"linkJitter"`    // fraction of the latency
	LinkLoss      float64     `json:"linkLoss"`      // percent
	LinkRate      float64     `json:"linkRate"`      // Mbit/s, 0 for any
	LinkQueue     int         `json:"linkQueue"`     // packets
	LinkDuplicate float64     `json:"linkDuplicate"` // percent
	LinkReorder   float64     `json:"linkReorder"`   // percent
	LatencyMatrix [][]float64 `json:"latencyMatrix,omitempty"`

	DurationS   float64       `json:"duration"` // seconds
	Rate        float64       `json:"rate"`     // operations a second, in all
	MaxKey      int           `json:"maxKey"`
	PayloadSize int           `json:"payloadSize"`
	WriteRatio  float64       `json:"writeRatio"`
	Arrival     string        `json:"arrivalProcess"`
	ZipfS       float64       `json:"zipfS"`
	Seed        uint64        `json:"seed"`
	MaxInFlight int           `json:"maxInFlight"`
	OpTimeout   time.Duration `json:"opTimeout"`

	FailureTimeout time.Duration `json:"failureTimeout"`
	ReadMode       string        `json:"read"` // linearizable or serializable
	MTBF           float64       `json:"mtbf"` // seconds
	KillN          int           `json:"killN"`
	StableAfter    time.Duration `json:"stableAfter"` // of resolvers
	Handover       string        `json:"handover"`    // of resolvers: auto, off or a duration
	Store          string        `json:"store"`       // of einstein: mem, bolt or etcd
	Slow           time.Duration `json:"slow"`
	FaultLoss      float64       `json:"faultLoss"` // percent, of the fault loss
	Skew           time.Duration `json:"skew"`
	Storm          int           `json:"storm"` // nodes that join at once
	DiskMB         int           `json:"diskMB"`
	How            string        `json:"how"`                // drop or reset
	Target         int           `json:"target,omitempty"`   // node, 0: the leader
	Schedule       string        `json:"schedule,omitempty"` // text of the schedule file
	CheckLimit     time.Duration `json:"checkLimit"`
	MaxLateness    time.Duration `json:"maxLateness"` // of the lab itself

	// Programs are what ran, by name.
	Programs map[string]Program `json:"programs"`
	// ExecFile is the description of an exec: system.
	ExecFile string `json:"execFile,omitempty"`

	Lab     string    `json:"lab"` // version of this program
	Host    HostFacts `json:"host"`
	Began   time.Time `json:"began"`
	Command []string  `json:"command"`
}

// Program is an executable.
type Program struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	// Given is set when the user named it.
	Given bool `json:"given,omitempty"`
}

// HostFacts says where a run was made.
type HostFacts struct {
	Kernel string `json:"kernel"`
	CPUs   int    `json:"cpus"`
	Load   string `json:"load"` // at the beginning
	Go     string `json:"go"`
}

// MovesClocks reports whether the clocks of nodes must be such that they can be moved.
func (c *Config) MovesClocks() bool {
	return c.Fault == "clock-skew" || strings.Contains(c.Schedule, "skew")
}

// Duration returns how long the load lasts.
func (c *Config) Duration() time.Duration { return Seconds(c.DurationS).Duration() }

// Name says in short what a run is of.
func (c *Config) Name() string {
	return fmt.Sprintf("%s, %s, %s, %s", c.System, c.Topology, c.Workload, c.FaultName())
}

// FaultName is the fault with its arguments.
func (c *Config) FaultName() string {
	name := c.Fault
	for _, a := range c.FaultArgs {
		name += " " + a
	}
	return name
}

// DefaultStableAfter is what the resolver's documents give for clusters of up to 10 nodes.
const DefaultStableAfter = 10 * time.Second

// DefaultMaxLateness is a tenth of the shortest time that is measured here as a rule: etcd's
// election timeout.
const DefaultMaxLateness = 100 * time.Millisecond

// Settings of guarded ownership that are no duration.
const (
	HandoverAuto = "auto"
	HandoverOff  = "off"
)

// The stores of a system whose nodes remember.
const (
	StoreMem  = "mem"
	StoreBolt = "bolt" // a file of each node
	StoreEtcd = "etcd" // on a host of its own
)

// Limits against slips of the pen. A run keeps its operations in memory.
const (
	MaxNodes   = 50
	MaxClients = 50
	maxOps     = 5_000_000
	maxRun     = 24 * 3600
)

// Validate returns an error when a setting makes no sense, whatever the system.
func (c *Config) Validate() error {
	between := func(name string, value, from, to float64) error {
		if math.IsNaN(value) || value < from || value > to {
			return fmt.Errorf("--%s is %g, it must be from %g to %g", name, value, from, to)
		}
		return nil
	}
	for _, err := range []error{
		between("number-nodes", float64(c.Nodes), 1, MaxNodes),
		between("number-clients", float64(c.Clients), 1, MaxClients),
		between("duration", c.DurationS, 3, maxRun),
		between("rate", c.Rate, 0.1, 100_000),
		between("max-key", float64(c.MaxKey), 0, 1_000_000),
		between("payload-size", float64(c.PayloadSize), 1, 1_000_000),
		between("write-ratio", c.WriteRatio, 0, 1),
		between("zipf-s", c.ZipfS, 1.001, 10),
		between("max-in-flight", float64(c.MaxInFlight), 1, 100_000),
		between("op-timeout", c.OpTimeout.Seconds(), 0.01, 60),
		between("failure-timeout", c.FailureTimeout.Seconds(), 0.05, 50),
		between("resolver-stable-after", c.StableAfter.Seconds(), 0.1, 3600),
		between("mtbf", c.MTBF, 0.05, maxRun),
		between("kill-n", float64(c.KillN), 1, MaxNodes),
		between("slow", c.Slow.Seconds(), 0.001, 60),
		between("loss", c.FaultLoss, 0.1, 100),
		between("skew", math.Abs(c.Skew.Seconds()), 0.001, 1e9),
		between("storm", float64(c.Storm), 1, 100),
		between("disk", float64(c.DiskMB), 1, 4096),
		between("target", float64(c.Target), 0, float64(c.Nodes)),
		between("max-lateness", c.MaxLateness.Seconds(), 0.001, 3600),
		between("check-limit", c.CheckLimit.Seconds(), 0.1, 3600),
	} {
		if err != nil {
			return err
		}
	}
	if c.Rate*c.DurationS > maxOps {
		return fmt.Errorf("%.0f operations are more than %d, which are kept in memory", c.Rate*c.DurationS, maxOps)
	}
	if c.Arrival != "uniform" && c.Arrival != "poisson" {
		return fmt.Errorf("--arrival-process is %q, it must be uniform or poisson", c.Arrival)
	}
	if c.ReadMode != "linearizable" && c.ReadMode != "serializable" {
		return fmt.Errorf("--read is %q, it must be linearizable or serializable", c.ReadMode)
	}
	if c.How != "drop" && c.How != "reset" {
		return fmt.Errorf("--how is %q, it must be drop or reset", c.How)
	}
	if c.Handover != HandoverAuto && c.Handover != HandoverOff {
		if d, err := time.ParseDuration(c.Handover); err != nil || d <= 0 {
			return fmt.Errorf("--resolver-handover is %q, it must be %s, %s or a duration", c.Handover, HandoverAuto, HandoverOff)
		}
	}
	if c.Store != StoreMem && c.Store != StoreBolt && c.Store != StoreEtcd {
		return fmt.Errorf("--store is %q, it must be %s, %s or %s", c.Store, StoreMem, StoreBolt, StoreEtcd)
	}
	if digits := len(fmt.Sprint(int(c.Rate * c.DurationS * 2))); c.WriteRatio > 0 && c.PayloadSize < digits {
		return fmt.Errorf("--payload-size is %d: values of less than %d bytes cannot all differ, and a check could not tell them apart", c.PayloadSize, digits)
	}
	return nil
}

// ReadConfig reads config.json.
func ReadConfig(r io.Reader) (*Config, error) {
	c := new(Config)
	if err := json.NewDecoder(io.LimitReader(r, 16<<20)).Decode(c); err != nil {
		return nil, err
	}
	if c.Version != FormatVersion {
		return nil, fmt.Errorf("version %d, this program reads version %d", c.Version, FormatVersion)
	}
	// Results of earlier versions of this program do not have all settings.
	c.StableAfter = cmp.Or(c.StableAfter, DefaultStableAfter)
	c.Handover = cmp.Or(c.Handover, HandoverOff)
	c.Store = cmp.Or(c.Store, StoreMem)
	c.MaxLateness = cmp.Or(c.MaxLateness, DefaultMaxLateness)
	return c, c.Validate()
}
