// Package timeline says what has happened to a ring from one look to the next: splits
// that began and ended, members that joined, failed, came back, restarted or changed
// their labels.
//
// It is pure: a [Follower] is given the result of each look, and returns [Event] values.
// A member's change must be seen by two looks in a row, since a node that is busy for a
// second is not news. It imports admin, admin/render and node/wire.
package timeline
