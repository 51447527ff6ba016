package swim

import "github.com/ringmend/ringmend/node/wire"

// said holds the last ping and the last answer to one that told no changes. At rest all are
// like the one before, and bodies are not modified once they are made: so the same ones
// are sent again and again.
type said struct {
	ping, pong lastSaid
}

type lastSaid struct{ body *wire.Ping }

// with returns a body of a node with changes.
func (l *lastSaid) with(n *Node, changes wire.ChangeList, app string) *wire.Ping {
	checksum := n.Checksum()
	quiet := changes.Len() == 0
	if b := l.body; quiet && b != nil && b.Checksum == checksum && b.SourceIncarnation == n.self.Incarnation {
		return b
	}
	b := &wire.Ping{
		Changes:           changes,
		Checksum:          checksum,
		Source:            n.self.Address,
		SourceIncarnation: n.self.Incarnation,
		App:               app,
	}
	if quiet {
		l.body = b
	}
	return b
}
