package guardlive

import (
	"fmt"
	"strings"
	"time"

	"github.com/ringmend/ringmend/internal/netlab"
)

// Router is where a guard runs that reaches all nodes, whatever is cut.
const Router = -1

// Scenario is a ring, a cut of it, and guards.
type Scenario struct {
	// Ring has a letter for each node: g is ringpop-go, n is ringpop-node, o is ringmend.
	Ring string
	// Parts is how many parts the ring is cut into, of about the same size.
	Parts int
	Kind  netlab.Kind
	// For is how long the network stays cut after the ring has fallen apart.
	For time.Duration
	// Guards are the hosts on which guards run, or Router.
	Guards []int
	// Again cuts the network anew, for as long, as soon as a node of one part believes one
	// of another alive again.
	Again bool
	// Kill kills the first guard at that moment.
	Kill bool
	// Flags are those of the guards. Default: --mode=heal, with a log.
	Flags []string
	// During is called when the ring has fallen apart, and again when the network is back.
	During func(mended bool) error
}

// String says what happens, in few words.
func (s Scenario) String() string {
	text := fmt.Sprintf("%s, %d parts, %s, guard %s", s.RingName(), s.Parts, s.Kind, s.Where())
	if s.Again {
		text += ", cut again during the merge"
	}
	if s.Kill {
		text += ", killed during the merge"
	}
	return text
}

// RingName says what the ring is made of.
func (s Scenario) RingName() string {
	var words []string
	for _, p := range []struct{ letter, name string }{{"g", "ringpop-go"}, {"n", "ringpop-node"}, {"o", "ringmend"}} {
		if n := strings.Count(s.Ring, p.letter); n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, p.name))
		}
	}
	return strings.Join(words, " + ")
}

// Where says where guards run.
func (s Scenario) Where() string {
	var words []string
	for _, host := range s.Guards {
		switch {
		case host == Router:
			words = append(words, "between")
		default:
			for i, part := range s.parts() {
				for _, h := range part {
					if h == host {
						words = append(words, fmt.Sprintf("on side %d", i+1))
					}
				}
			}
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, " and ")
}

// parts returns the hosts of each part.
func (s Scenario) parts() [][]int {
	parts := make([][]int, s.Parts)
	for host := range s.Ring {
		at := host * s.Parts / len(s.Ring)
		parts[at] = append(parts[at], host)
	}
	return parts
}

// Outcome is what was seen of a scenario.
type Outcome struct {
	Healed bool          // within the limit
	Took   time.Duration // from the network's (last) return to one checksum, all alive
	Harmed int           // how often a node was seen that held one of its own part faulty
	// Relapsed is whether some node was held faulty within seconds of the ring being one.
	Relapsed bool
	Logs     string // of the guards
}
