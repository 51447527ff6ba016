// Package whatif says which parts of a cluster would serve if it was split: by the rules of
// package resolve, which package admin does without. [IfSplit] is all of it.
//
// Of this module it imports admin, heal/resolve and node/wire.
package whatif
