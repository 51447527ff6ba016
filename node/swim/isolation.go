package swim

// silence counts the probes in a row that ended without a sign of life from any node. One
// such probe says nothing about its target: the helpers may be dead themselves. But when
// no node at all is heard from, either all are gone or this one is cut off, and its view
// must follow. (In ringpop-go the last of five nodes never notices.)
type silence struct{ probes int }

// maxSilentProbes is how many probes in a row may end so before members are suspected all
// the same.
const maxSilentProbes = 3

// broken says that another node has been heard from.
func (s *silence) broken() { s.probes = 0 }

// kept says that a probe has ended without a sign of life.
func (s *silence) kept() { s.probes++ }

func (s *silence) isolates() bool { return s.probes >= maxSilentProbes }

// Isolated reports whether nobody at all has been heard from for some probes, so that
// this node is likely to be cut off from everybody, whomever it still holds alive.
func (n *Node) Isolated() bool { return n.silence.isolates() }
