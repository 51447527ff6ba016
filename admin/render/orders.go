package render

import (
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// OrderJSON is an order that a node carried out.
type OrderJSON struct {
	Order string       `json:"order"` // join or leave
	Node  wire.Address `json:"node"`
}

// ReapJSON is the outcome of a reap.
type ReapJSON struct {
	Node wire.Address `json:"node"` // that was told to reap
	// Faulty are the members that were faulty before, and so became tombstones. It
	// is null when the cluster was not looked at.
	Faulty []wire.Address `json:"faulty"`
}

// HealJSON is the outcome of a heal.
type HealJSON struct {
	// Healed is true when no partition that the nodes know of is left, and none is
	// seen.
	Healed bool          `json:"healed"`
	Tries  []HealTryJSON `json:"tries"`
	// Verdict is that of the last look, null when there was none.
	Verdict *VerdictJSON `json:"verdict"`
}

// HealTryJSON is what one node did to heal partitions.
type HealTryJSON struct {
	Time    time.Time      `json:"time"`
	Node    wire.Address   `json:"node"`
	Targets []wire.Address `json:"targets"`
	Error   string         `json:"error"` // of the node; empty if there was none
}

// WaitJSON is the outcome of waiting.
type WaitJSON struct {
	Converged bool    `json:"converged"`
	Waited    float64 `json:"waited"` // seconds
	// Missing says what is missing, and is empty when nothing is.
	Missing string      `json:"missing"`
	Verdict VerdictJSON `json:"verdict"`
	// Failed are the nodes that gave no usable answer; [] when all did.
	Failed []FailureJSON `json:"failed"`
}

// NewWaitJSON returns the outcome of waiting for so long, with the last look at the
// cluster, and what is missing.
func NewWaitJSON(c *admin.Cluster, waited time.Duration, missing string) WaitJSON {
	return WaitJSON{
		Converged: missing == "", Waited: waited.Seconds(), Missing: missing,
		Verdict: NewVerdictJSON(admin.VerdictOf(c)), Failed: failures(c, c.Partitions()),
	}
}
