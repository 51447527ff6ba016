// Package akka is the published rules of the split brain resolver of Akka and Apache
// Pekko, to compare ours with: the strategies as [Rules.Decide], whom a decision takes
// down as [Rules.Down], and the resolver around them, on the leader, as [Sequence].
//
// A node never runs it. Its rules need a leader that changes the status of members only
// when all have seen the last change; without one two sides may both decide to stay,
// which is why package resolve has rules of its own. The time when a decision is due
// comes from the same [resolve.Clockwork].
//
// The rules follow Pekko 1.x, cluster/sbr. keep-referee was never published as source;
// it follows its description and Akka.NET.
package akka
