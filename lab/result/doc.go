// Package result is what a run of the lab leaves behind: its settings, its operations,
// its events, and what follows from them.
//
// Begin with config.go and op.go, which are the files' formats, then summary.go. It
// imports package link for the counts of packets, and HdrHistogram.
package result
