package sim

import "slices"

// Shrink makes a script that violates an invariant as short as it can while the
// same invariant is still violated, with at most budget runs. It returns the
// script itself if that violates nothing.
func Shrink(s *Script, budget int, progress func(*Script)) (*Script, error) {
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
	best      *Script
	invariant string
	budget    int
	progress  func(*Script)
}

// try keeps a script if it is still violating.
func (k *shrinker) try(s *Script) bool {
	if k.budget <= 0 || s.Validate() != nil {
		return false
	}
	k.budget--
	r, err := Run(s, Options{Verify: k.invariant == invariantTrace})
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
			c := k.best.clone()
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
			c = c.without(c.Nodes)
		}
		k.try(c)
	}
	for number := k.best.Nodes; number > 0; number-- {
		k.try(k.best.without(number))
	}
	for i := range k.best.Steps {
		for j := range k.best.Steps[i].Sets {
			for n := len(k.best.Steps[i].Sets[j]) - 1; n >= 0 && len(k.best.Steps[i].Sets[j]) > 1; n-- {
				c := k.best.clone()
				c.Steps[i].Sets[j] = slices.Delete(c.Steps[i].Sets[j], n, n+1)
				k.try(c)
			}
		}
	}
}

// simplify sets what the script says about the cluster back to what is usual.
func (k *shrinker) simplify() {
	usual := NewScript(k.best.Nodes)
	for _, f := range scriptFields {
		if f.always || f.name == "mutant" || f.get(k.best) == f.get(usual) {
			continue
		}
		c := k.best.clone()
		if f.get(usual) == "" {
			*c = *c.withoutFlag(f.name)
		} else if f.set(c, f.get(usual)) != nil {
			continue
		}
		k.try(c)
	}
}

func (s *Script) clone() *Script {
	c := *s
	c.Steps = slices.Clone(s.Steps)
	for i := range c.Steps {
		c.Steps[i].Sets = slices.Clone(c.Steps[i].Sets)
		for j := range c.Steps[i].Sets {
			c.Steps[i].Sets[j] = slices.Clone(c.Steps[i].Sets[j])
		}
	}
	return &c
}

// without returns the script without a node, and without the steps that nobody
// is left for. The nodes after it move up.
func (s *Script) without(number int) *Script {
	c := s.clone()
	c.Nodes--
	if number <= c.Start {
		c.Start--
	}
	c.Hosts = min(c.Hosts, c.Nodes)
	c.Steps = slices.DeleteFunc(c.Steps, func(st Step) bool {
		for j, set := range st.Sets {
			set = slices.DeleteFunc(set, func(n int) bool { return n == number })
			for k := range set {
				if set[k] > number {
					set[k]--
				}
			}
			st.Sets[j] = set
			if len(set) == 0 {
				return true
			}
		}
		return false
	})
	return c
}

func (s *Script) withoutFlag(name string) *Script {
	c := s.clone()
	switch name {
	case "warm":
		c.Warm = false
	case "labels":
		c.Labels = false
	case "wire":
		c.Wire = false
	}
	return c
}
