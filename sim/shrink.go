package sim

import (
	"slices"

	"github.com/ringmend/ringmend/sim/check"
	"github.com/ringmend/ringmend/sim/script"
)

// Shrink makes a script that violates an invariant as short as it can while the
// same invariant is still violated, with at most budget runs. It returns the
// script itself if that violates nothing.
func Shrink(s *script.Script, budget int, progress func(*script.Script)) (*script.Script, error) {
	r, err := Run(s, Options{Verify: true})
	if err != nil || r.Violation == nil {
		return s, err
	}
	k := shrinker{best: s, invariant: r.Violation.Invariant, budget: budget, progress: progress}
	for again := true; again; {
		before := k.best
		k.dropSteps()
		k.dropNodes()
		k.simplify()
		again = k.best != before && k.budget > 0
	}
	return k.best, nil
}

type shrinker struct {
	best      *script.Script
	invariant string
	budget    int
	progress  func(*script.Script)
}

// try keeps a script if it is still violating.
func (k *shrinker) try(s *script.Script) bool {
	if k.budget <= 0 || Check(s) != nil {
		return false
	}
	k.budget--
	r, err := Run(s, Options{Verify: k.invariant == check.InvariantTrace})
	if err != nil || r.Violation == nil || r.Violation.Invariant != k.invariant {
		return false
	}
	k.best = s
	if k.progress != nil {
		k.progress(s)
	}
	return true
}

// dropSteps leaves out half of the steps, a quarter, and so on down to single
// ones.
func (k *shrinker) dropSteps() {
	for size := max(1, len(k.best.Steps)/2); size > 0; size /= 2 {
		for i := 0; i+size <= len(k.best.Steps); {
			c := k.best.Clone()
			c.Steps = slices.Delete(c.Steps, i, i+size)
			if !k.try(c) {
				i += size
			}
		}
	}
}

// dropNodes makes the cluster smaller, and the sets of nodes in the steps.
func (k *shrinker) dropNodes() {
	for half := k.best.Nodes / 2; half > 1; half /= 2 {
		c := k.best
		for range half {
			c = c.Without(c.Nodes)
		}
		k.try(c)
	}
	for number := k.best.Nodes; number > 0; number-- {
		k.try(k.best.Without(number))
	}
	for i := range k.best.Steps {
		for j := range k.best.Steps[i].Sets {
			for n := len(k.best.Steps[i].Sets[j]) - 1; n >= 0 && len(k.best.Steps[i].Sets[j]) > 1; n-- {
				c := k.best.Clone()
				c.Steps[i].Sets[j] = slices.Delete(c.Steps[i].Sets[j], n, n+1)
				k.try(c)
			}
		}
	}
}

// simplify sets what the script says about the cluster back to what is usual.
func (k *shrinker) simplify() {
	for _, name := range script.Optional() {
		if c := k.best.WithDefault(name); c != nil {
			k.try(c)
		}
	}
}
