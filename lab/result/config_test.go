package result

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func FuzzConfig(f *testing.F) {
	text, err := json.Marshal(valid())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ReadConfig(strings.NewReader(text)); err == nil && c.Validate() != nil {
			t.Errorf("%q is accepted", text)
		}
	})
}

// Results that were made before a setting existed can still be read.
func TestConfigsWithoutLaterSettings(t *testing.T) {
	old := valid()
	old.StableAfter, old.Handover, old.Store, old.MaxLateness = 0, "", "", 0
	text, err := json.Marshal(old)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := ReadConfig(bytes.NewReader(text)); err != nil || c.StableAfter != DefaultStableAfter || c.Handover != HandoverOff || c.Store != StoreMem || c.MaxLateness != DefaultMaxLateness {
		t.Errorf("%+v, %v", c, err)
	}
}

func valid() *Config {
	return &Config{
		Version: 1, System: "etcd", Topology: "simple", Workload: "uniform", Fault: "leader", Nodes: 3, Clients: 1, DurationS: 30, Rate: 10,
		PayloadSize: 10, WriteRatio: 1, ZipfS: 1.1, MaxInFlight: 10, OpTimeout: 1e9, FailureTimeout: 1e9, MTBF: 1, KillN: 1, Slow: 1e9,
		FaultLoss: 20, Skew: 1e9, Storm: 1, DiskMB: 100, CheckLimit: 1e9, Arrival: "uniform", ReadMode: "linearizable", How: "drop",
		StableAfter: 1e9, Handover: "auto", Store: "mem", MaxLateness: 1e8,
	}
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	if err := valid().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Config){
		"nodes": func(c *Config) { c.Nodes = 0 }, "clients": func(c *Config) { c.Clients = -1 }, "duration": func(c *Config) { c.DurationS = math.NaN() },
		"rate": func(c *Config) { c.Rate = 0 }, "many": func(c *Config) { c.Rate, c.DurationS = 1e5, 1e4 }, "ratio": func(c *Config) { c.WriteRatio = 1.1 },
		"arrival": func(c *Config) { c.Arrival = "soon" }, "read": func(c *Config) { c.ReadMode = "dirty" }, "how": func(c *Config) { c.How = "tear" },
		"payload": func(c *Config) { c.PayloadSize = 2 }, "target": func(c *Config) { c.Target = 4 }, "zipf": func(c *Config) { c.ZipfS = 1 },
		"handover": func(c *Config) { c.Handover = "soon" }, "backward handover": func(c *Config) { c.Handover = "-1s" }, "stable": func(c *Config) { c.StableAfter = 0 }, "store": func(c *Config) { c.Store = "paper" },
	} {
		c := valid()
		if spoil(c); c.Validate() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
