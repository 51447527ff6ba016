// Package onchannel lets a node talk over a TChannel channel that the application owns, so
// that the endpoints of Ringpop and those of the application are on one port:
//
//	channel, err := tchannel.NewChannel("orders", nil)
//	...
//	channel.Register(handler, "get") // endpoints of the application's own
//	if err := channel.ListenAndServe("10.0.0.7:3000"); err != nil { … }
//
//	transport, err := onchannel.New(channel, onchannel.Options{})
//	...
//	n, err := node.New(node.Config{App: "orders", Transport: transport, Hosts: hosts})
//
// The channel must listen before the node is made, which takes its address from there; its
// Advertise is for another one, that of a NAT in front of it, say. Ringpop's endpoints are
// registered one by one on the isolated subchannel "ringpop", which may have others.
//
// Closing the transport, as the node does, leaves the channel open. TChannel cannot take
// endpoints away, so they refuse calls from then on; a new transport on the channel takes
// them over. The peers that the transport has added to the subchannel are dropped.
//
// # What package tchan does and this one cannot
//
// The connections are the channel's. There is no frame guard: tchannel-go (up to v1.34.6
// at least) crashes the process on some frames that anyone can send. There are no limits
// on connections, and none on slow peers. Bodies are limited, and so are the calls that
// are handled at one time. Use it in networks whose hosts are trusted.
//
// It imports tchannel-go and packages transport and wire.
package onchannel
