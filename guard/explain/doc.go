// Package explain finds what stays wrong with a ring, and says what helps: islands that
// their ring has forgotten, members that stay suspect, dead addresses that come back
// again and again, nodes that answer the ring but not the guard, rings of two programs
// that never agree on a checksum.
//
// It is pure: an [Explainer] is handed what looks showed, and keeps since when what is
// so. It imports admin, guard/timeline for names in texts, and node/wire.
package explain
