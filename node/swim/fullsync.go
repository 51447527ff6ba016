package swim

import "github.com/ringmend/ringmend/node/wire"

// fullSync is what follows when the whole membership was sent to a node that
// asked with another checksum: theirs is fetched too, so that one exchange
// makes both the same. Only from known members, or a forged ping could make
// this node call anybody.
func (n *Node) fullSync(with wire.Address, theirs uint32) {
	event := FullSyncSent{To: with, Local: n.Checksum(), Remote: theirs, Members: n.members.len()}
	if n.fullSyncs < n.cfg.MaxFullSyncs && n.members.get(with) != nil {
		n.fullSyncs++
		event.Bidirectional = true
		n.Join(with, n.cfg.JoinTimeout, func(response *wire.JoinResponse, err error) {
			n.fullSyncs--
			applied := 0
			if err == nil {
				applied = n.Update(response.Membership)
			}
			n.emit(FullSyncFetched{From: with, Applied: applied, Err: err})
		})
	}
	event.AlreadyRunning = n.fullSyncs
	n.emit(event)
}
