// Package timeline says what has happened to a ring from one look to the next: splits
// that began and ended, members that joined, failed, came back, restarted or changed
// their labels.
//
// It is pure: a [Follower] is handed what looks showed, and returns [Event] values. A
// member's change must be seen by two looks in a row, for a node that is busy for a
// second is no news. It imports admin and node/wire.
package timeline
