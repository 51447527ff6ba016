// Package resolve decides which side of a split may serve. Without it both do: members
// held faulty leave the ring, and each side owns all keys. With it every node decides
// about itself, without a leader; one that loses fences, and serves again once it is
// healed, without a restart.
//
// A [Resolver] is a state machine without clock, I/O or goroutine, like package heal:
//
//	starting -> stable -> uncertain -> kept
//	                                -> lost
//
// [Rules.Decide] has the rules of the strategies, and says why two sides are never kept.
// [Clockwork] says when to decide. Package akka, beside this one, has Akka's
// published rules for comparison; the program decide answers questions about both.
//
// # Driving it
//
// The composition of swim and heal drives it in the same way as a healer, all inputs
// under one lock and with times that do not go back:
//
//  1. [New] once swim's node exists; then [Resolver.Hosts] when discovery has answered.
//  2. [Resolver.Observe] with all events of swim, in order, before the next Advance.
//  3. [Resolver.Advance] at [Resolver.Deadline], or more often.
//  4. After each of them, carry out what [Resolver.Take] returns: ask the members in Ask
//     for their [Report] and hand each in with [Resolver.Heard], or that there was none;
//     carry out Lease and hand in its end with [Resolver.LeaseDone]; ask discovery if
//     NeedHosts is set; pass on the events.
//
// A node whose [Resolver.Serves] is false accepts nothing. Other nodes that ask get its
// [Resolver.Report].
//
// resolve imports swim and wire. It sends nothing itself, and nothing of it goes into
// gossip.
package resolve
