package world

import (
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/script"
)

// Observer receives what happens in a world, at the moment that it happens.
type Observer interface {
	// Step is called before a step of the script is carried out.
	Step(*script.Step)
	// StepOn is called before a step is carried out on a node that is up. (A restart
	// ends a process and starts one, and slow changes a host.)
	StepOn(*Node, *script.Step)

	// Started is called when a process has been started, and its core has not done
	// anything yet.
	Started(*Node)
	// Killed is called when a process has ended.
	Killed(*Node)
	// Resumed is called when a process that was stopped goes on.
	Resumed(*Node)

	// Sent is called when a node makes a call, except for the questions of resolvers to
	// each other: they are not part of the protocol.
	Sent(c *Call, told wire.ChangeList)
	// Answered is called when a node answers a call, whether or not the answer
	// arrives. A request that has arrived twice is answered twice.
	Answered(n *Node, c *Call, response wire.Response, told wire.ChangeList, err error)
	// Finished is called when the caller has heard how a call went, the first time.
	Finished(c *Call, err error)

	// Changed is called for each change of a member in a node's table. subject is the
	// node that the member is; nil: there is none at its address.
	Changed(n, subject *Node, c *swim.MemberChange)
	// Event is called for each event that a node tells, except [swim.MembersChanged].
	Event(*Node, swim.Event)

	// Sampled is called several times a second, to look at the whole cluster.
	Sampled()
}

// Nothing is an observer that does nothing. Others embed it.
type Nothing struct{}

// All methods of Nothing do nothing.
func (Nothing) Step(*script.Step)                                            {}
func (Nothing) StepOn(*Node, *script.Step)                                   {}
func (Nothing) Started(*Node)                                                {}
func (Nothing) Killed(*Node)                                                 {}
func (Nothing) Resumed(*Node)                                                {}
func (Nothing) Sent(*Call, wire.ChangeList)                                  {}
func (Nothing) Answered(*Node, *Call, wire.Response, wire.ChangeList, error) {}
func (Nothing) Finished(*Call, error)                                        {}
func (Nothing) Changed(_, _ *Node, _ *swim.MemberChange)                     {}
func (Nothing) Event(*Node, swim.Event)                                      {}
func (Nothing) Sampled()                                                     {}

// Observe adds an observer. Observers are called in the order in which they were added.
func (w *World) Observe(list ...Observer) { w.observers = append(w.observers, list...) }
