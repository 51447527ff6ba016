// Package workload draws the operations of a run, and starts each at its time.
//
// The load is open: the times of all operations are drawn before the first starts, an
// operation starts whatever became of those before it, and its latency counts from the
// time that was drawn for it. A system that stalls gets as many requests as before, and
// late answers count as late: there is no coordinated omission.
//
// Begin with plan.go, which is pure, then drive.go. It imports package result.
package workload
