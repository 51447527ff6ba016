// Package admin looks at Ringpop clusters from outside and gives them orders.
//
// It has three layers, each of which works without the next:
//
//   - [Client] has a method per admin endpoint and speaks to one node at a time;
//   - a [Crawler] asks a first node and then every member that any node knows, and
//     returns a [Cluster]: a value, with an answer or an error per node;
//   - [Cluster.Partitions] groups the nodes that agree on their membership,
//     [SidesOf] those that gossip with each other, and [VerdictOf], [Converged],
//     [Differences], [Cluster.Opinions] and [NewPlacement] answer questions about
//     what was found.
//
// Package render below formats clusters for the screen; the ringpop-admin program
// handles the command line.
//
// Of this module, the package imports node/wire, node/evict, node/tchan for its errors, and
// node/ring to know the checksums and where members are placed. The
// network comes in as a [Caller], which *tchan.Transport satisfies, so everything
// here can be tested without one. Nodes are not trusted: what they answer is
// checked before it is returned, and one bad answer never hides the others.
package admin
