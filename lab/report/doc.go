// Package report draws a run as one self-contained page: no other file, no network, and
// without scripts only the values under the pointer are missing.
//
// Begin with report.go. time.go is the time axis that the charts have in common,
// throughput.go, latency.go, lanes.go and percentiles.go are the charts, page.go is the
// page. The package imports result and the standard library.
package report
