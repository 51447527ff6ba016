package node

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/discovery"
)

// snapshotEvery is the shortest time between two writes of the snapshot.
const snapshotEvery = 10 * time.Second

// snapshot is the file in which a node keeps the other members. A nil one is no file.
type snapshot struct {
	file    discovery.Snapshot
	changed chan struct{} // has room for one

	// The keeper's.
	written []string // what is in the file, as far as this node knows
	failed  bool     // the log was told that it cannot be written
}

func newSnapshot(cfg *Config) *snapshot {
	if cfg.Snapshot == "" {
		return nil
	}
	return &snapshot{file: discovery.Snapshot{Path: cfg.Snapshot, App: cfg.App}, changed: make(chan struct{}, 1)}
}

// provider returns nil for no snapshot.
func (s *snapshot) provider() discovery.Provider {
	if s == nil {
		return nil
	}
	return s.file
}

// membersChanged makes the keeper look. It never waits.
func (s *snapshot) membersChanged() {
	if s == nil {
		return
	}
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// keepSnapshot writes the snapshot when members have changed, and once more when the
// node is closed.
func (n *Node) keepSnapshot() {
	s := n.snapshot
	if s == nil {
		return
	}
	for {
		select {
		case <-s.changed:
		case <-n.ctx.Done():
			return
		}
		select {
		case <-time.After(snapshotEvery):
			n.writeSnapshot()
		case <-n.ctx.Done():
			n.writeSnapshot()
			return
		}
	}
}

// writeSnapshot writes the members that are up. A node that sees no other keeps what is
// there: it may be cut off from all of them.
func (n *Node) writeSnapshot() {
	s := n.snapshot
	var hosts []string
	for _, m := range n.Members(Reachable) {
		if m.Address != n.address {
			hosts = append(hosts, string(m.Address))
		}
	}
	if len(hosts) == 0 || slices.Equal(hosts, s.written) {
		return
	}
	switch err := s.file.Write(time.Now(), hosts); {
	case err == nil:
		s.written = hosts
		if s.failed {
			s.failed = false
			n.log.Info("the snapshot of the members can be written again", "file", s.file.Path)
		}
	case !s.failed:
		s.failed = true
		n.log.Warn("the snapshot of the members cannot be written", "error", err)
		s.membersChanged()
	default:
		s.membersChanged()
	}
}
