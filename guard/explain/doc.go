// Package explain finds what stays wrong with a ring, and says what helps: islands that
// their ring has forgotten, members that stay suspect, dead addresses that come back
// again and again, nodes that answer the ring but not the guard, rings of two programs
// that never agree on a checksum.
//
// It is pure: an [Explainer] is given the result of each look, and remembers since when
// each finding holds. It imports admin, admin/render, guard/timeline and node/wire.
package explain
