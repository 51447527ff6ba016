package script

import "slices"

// Clone returns a copy that has no memory in common with the script.
func (s *Script) Clone() *Script {
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

// Without returns the script without a node, and without the steps that no node is
// left for. The nodes after it move up.
func (s *Script) Without(number int) *Script {
	c := s.Clone()
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

// Optional returns the names of the settings that a script need not have, except for
// the mutant.
func Optional() []string {
	var names []string
	for _, f := range settings {
		if !f.always && f.name != "mutant" {
			names = append(names, f.name)
		}
	}
	return names
}

// WithDefault returns the script with the default of an optional setting; nil if it has
// that already.
func (s *Script) WithDefault(name string) *Script {
	usual := New(s.Nodes)
	for _, f := range settings {
		if f.name != name || f.get(s) == f.get(usual) {
			continue
		}
		c := s.Clone()
		f.reset(c, usual)
		return c
	}
	return nil
}
