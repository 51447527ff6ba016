// Package plan decides how an outsider merges the sides of a split ring: what to
// tell which node, and when, given what the nodes say of themselves.
//
// It is pure: memberships and answers come in, calls to make come out. Package
// guard/watch makes them on a network, and tests make them in memory. It imports
// admin, for what sides are, heal, for what a merge would do, and node/wire.
//
// # The rule
//
// No member that some node holds pingable may become unpingable by what an outsider
// does. Three things follow, and each is a check that a test has seen to matter:
//
//   - An outsider never says that a member is faulty. A member that the other side's
//     belief would kill is itself told that it is suspect; it refutes at once, and
//     no other node ever holds it suspect. See [Pair.Rebirths].
//   - A ping-req is not a harmless question. Asker and target exchange all that is
//     pending, and whole memberships when their checksums differ, so it merges the two
//     sides if it succeeds. It is sent only when a merge would kill no member.
//   - Before each call the nodes that it concerns are asked again. See [Attempt].
//
// # A merge
//
// [Compare] compares two sides. [Pair.Rebirths] lists the members that must raise their
// incarnations first, which they do even while the network is still cut. When none is
// left, an [Attempt] asks a node of one side to ping one of the other. That is the only
// proof that the network is back: an outsider may reach both sides during a cut. Then
// some nodes of each side are told of the members of the other that are alive, and
// gossip does the rest.
//
// Begin reading with [Compare].
package plan
