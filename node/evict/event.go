package evict

import "github.com/ringmend/ringmend/node/wire"

// Changed reports that members were evicted or readmitted, by this node or as it has heard.
type Changed struct {
	Evicted, Readmitted []wire.Address
}

// Event marks the event type.
func (Changed) Event() {}
