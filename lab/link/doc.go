// Package link decides what becomes of packets between hosts: when each arrives, and
// whether it does.
//
// A [Network] is a scheduler and nothing else. It has no clock, no device, no lock and
// no goroutine: the caller says what time it is, as a duration since any moment, gives
// it packets with [Network.Send], and asks with [Network.Next] and [Network.Deliver]
// for those that arrive. With the same seed and the same calls it does the same.
//
// Begin with profile.go (what a link is like), then network.go. The package imports
// the standard library only.
package link
