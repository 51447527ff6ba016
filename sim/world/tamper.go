package world

import (
	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/wire"
)

// Tamper is a deliberate mistake, made to show that an invariant notices it. The core
// stays as it is: some node gets other settings than the observers are told, or what
// the nodes say to each other is altered. Fields that are nil do nothing.
type Tamper struct {
	// Config alters the settings of the node of an index.
	Config func(index int, cfg *core.Config)
	// Request alters a call that is about to be sent.
	Request func(*Call)
	// Answer returns what is sent in place of an answer.
	Answer func(*Call, wire.Response) wire.Response
	// Sample is called before each look at the cluster.
	Sample func()
	// Asleep is set if the cores are not told that their deadlines have come.
	Asleep bool
}

// Tamper makes a deliberate mistake. It must be called before Begin.
func (w *World) Tamper(t Tamper) { w.tamper = t }
