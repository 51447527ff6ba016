// Package handover is guarded ownership, without a clock or a lock: a node tells a [Guard] which
// ring it holds, and the guard says whether a key may be accepted. It imports package ring.
package handover
