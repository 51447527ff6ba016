package script

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/wire"
)

// Observes reports whether the resolvers only observe.
func (s *Script) Observes() bool { return strings.HasSuffix(s.Resolver, ",observe") }

// WithoutResolver returns the same script without resolvers.
func (s *Script) WithoutResolver() *Script {
	c := *s
	c.Resolver, c.Stable, c.Guarded = "", 0, false
	return &c
}

// Strategy returns the strategy of the resolvers.
func (s *Script) Strategy() resolve.Strategy {
	name, _, _ := strings.Cut(s.Resolver, ",")
	strategy, err := resolve.ParseStrategy(name)
	if err != nil {
		return resolve.Off
	}
	return strategy
}

func (s *Script) checkResolver() error {
	if s.Resolver == "" {
		return nil
	}
	name, policy, found := strings.Cut(s.Resolver, ",")
	if found && policy != "observe" {
		return fmt.Errorf("no policy %q of resolvers, there is observe", policy)
	}
	if _, err := resolve.ParseStrategy(name); err != nil {
		return err
	}
	cfg := core.DefaultConfig("sim", "10.0.0.1:1")
	s.ConfigureResolver(&cfg, "10.0.0.1:1")
	return cfg.Resolve.Validate()
}

// ConfigureResolver makes the settings of the resolvers part of those of a core; the first
// node has the address first.
func (s *Script) ConfigureResolver(cfg *core.Config, first wire.Address) {
	if s.Resolver == "" {
		return
	}
	c := &cfg.Resolve
	c.Strategy = s.Strategy()
	c.QuorumSize, c.Referee = s.Nodes/2+1, first
	if s.Observes() {
		c.Policy = resolve.Observe
	}
	if s.Stable > 0 {
		c.StableAfter, c.UnstableAfter = s.Stable, s.Stable*3/4
		c.Settle = max(resolve.MinSettle, s.Stable)
	}
	if s.Guarded {
		c.Handover = c.SafeHandover()
	}
}

// resolverScenario draws a strategy, and one of the histories that resolvers are for.
func resolverScenario(s *Script, rng *rand.Rand) {
	s.Resolver = pick(rng, []string{"static-quorum", "keep-majority", "keep-majority", "keep-oldest", "keep-referee", "down-all", "lease-majority", "lease-majority"})
	s.Stable = draw(rng, 7*time.Second, 20*time.Second).Round(time.Second)
	s.Guarded = rng.IntN(2) == 0
	r := &resolverFaults{randomFaults: randomFaults{s: s, rng: rng, at: time.Minute + draw(rng, 30*time.Second, 40*time.Second)}}
	if rng.IntN(3) == 0 && s.Nodes > 3 {
		s.Start = s.Nodes - 1 // one comes later
	}
	for range 1 + rng.IntN(3) {
		r.episode()
	}
	r.at += draw(rng, 0, 10*time.Second)
	r.step("mend", nil)
	r.store(HowBack)
	slices.Sort(r.down)
	if back := slices.Compact(r.down); len(back) > 0 {
		r.step("restart", func(st *Step) { st.Sets = []Set{back} })
	}
	if len(r.left) > 0 {
		slices.Sort(r.left)
		r.step("rejoin", func(st *Step) { st.Sets = []Set{slices.Compact(r.left)} })
	}
	slices.SortStableFunc(s.Steps, func(a, b Step) int { return int(a.At - b.At) })
}

type resolverFaults struct{ randomFaults }

func (r *resolverFaults) store(how string) {
	if r.s.Resolver == "lease-majority" {
		r.step("store", func(st *Step) {
			st.How = how
			st.Sets = []Set{r.few()}
			if how == HowBack || r.rng.IntN(4) == 0 {
				st.Sets = []Set{some(r.rng, r.s.Nodes, r.s.Nodes)}
			}
		})
	}
}

// episode adds a clean cut with what goes on meanwhile, and mends it.
func (r *resolverFaults) episode() {
	rng := r.rng
	sets := split(rng, r.s.Nodes, 2+rng.IntN(2)*rng.IntN(2))
	if rng.IntN(2) == 0 && len(sets) == 2 { // a small part
		moved := sets[0][1:]
		sets[0], sets[1] = sets[0][:1:1], append(sets[1], moved...)
		slices.Sort(sets[1])
	}
	cut := func() {
		r.step("cut", func(st *Step) { st.Sets, st.How = sets, pick(rng, cutWords) })
	}
	if rng.IntN(3) == 0 {
		r.store(pick(rng, storeWords))
	}
	cut()
	for range rng.IntN(4) {
		r.at += draw(rng, time.Second, 40*time.Second)
		switch rng.IntN(7) {
		case 0:
			set := r.few()
			r.down = append(r.down, set...)
			r.step("crash", func(st *Step) { st.Sets, st.How = []Set{set}, pick(rng, crashWords) })
		case 1, 2:
			r.step("restart", func(st *Step) { st.Sets = []Set{r.few()} })
		case 3:
			set := r.few()
			r.left = append(r.left, set...)
			r.step("leave", func(st *Step) { st.Sets = []Set{set} })
		case 4:
			r.step("pause", func(st *Step) { st.Sets, st.Time = []Set{r.few()}, draw(rng, time.Second, 90*time.Second) })
		case 5: // the cut flaps
			r.step("mend", nil)
			r.at += draw(rng, 500*time.Millisecond, 20*time.Second)
			cut()
		case 6:
			r.store(pick(rng, storeWords))
		}
	}
	r.at += draw(rng, 10*time.Second, 2*time.Minute)
	r.step("mend", nil)
	r.at += draw(rng, 5*time.Second, 90*time.Second)
}
