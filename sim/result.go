package sim

import (
	"time"

	"github.com/ringmend/ringmend/sim/measure"
	"github.com/ringmend/ringmend/sim/script"
	"github.com/ringmend/ringmend/sim/world"
)

// Result is the result of a run.
type Result struct {
	Script    *script.Script
	TraceHash uint64
	Steps     uint64           // events
	Virtual   time.Duration    // how long the run took in its own time
	Violation *world.Violation // nil if every invariant held
	End       string           // what the nodes hold at the end
	Served    []script.Set     // by resolvers: at the end of each cut, and in the end
	measure.Figures

	happened uint64 // the trace without what resolvers do among themselves
}

// PerNode returns how many of something there were per node and second.
func (r *Result) PerNode(count int) float64 {
	if r.Virtual == 0 {
		return 0
	}
	return float64(count) / float64(r.Script.Nodes) / r.Virtual.Seconds()
}
