package main

import (
	"math"
	"slices"
)

// The figures of a measurement, as the JSON names them.
const (
	agreeing    = "agree_s"
	agreeingCPU = "agree_cpu_ms_per_node"
	restCPU     = "rest_cpu_s_per_node_minute"
	heap        = "heap_mb"
	stacks      = "stacks_mb"
	goroutines  = "goroutines"
	crash       = "crash_known_s"
	resident    = "rss_mb"
	private     = "private_mb"
	alone       = "rss_library_alone_mb"
)

// A figure is a row of the tables for each size, and a panel of the chart.
type figure struct {
	kind  string
	name  string
	text  string
	short string // the title of the panel
}

// The kinds of clusters.
const (
	together  = "one process"
	processes = "processes"
)

var figures = []figure{
	{together, agreeing, "to one checksum, s", "one process: to one checksum"},
	{together, agreeingCPU, "CPU to get there, ms a node", "one process: CPU to get there"},
	{together, restCPU, "CPU at rest, s per node and minute", "one process: CPU at rest"},
	{together, heap, "live heap, MB", "one process: live heap"},
	{together, stacks, "stacks, MB", "one process: stacks"},
	{together, goroutines, "goroutines", "one process: goroutines"},
	{together, crash, "a crash known by all, s", "one process: a crash known by all"},
	{processes, agreeing, "from the first start to one checksum, s", "processes: to one checksum"},
	{processes, agreeingCPU, "CPU to get there, ms a node", "processes: CPU to get there"},
	{processes, restCPU, "CPU at rest, s per node and minute", "processes: CPU at rest"},
	{processes, resident, "resident memory, MB a node", "processes: resident memory"},
	{processes, private, "of that without pages of files, as of the program, MB a node", "processes: private memory"},
	{processes, alone, "resident memory of a program that is nothing but a node, MB a node", "processes: resident memory, nothing but a node"},
}

// A spread is what several runs came to.
type spread struct{ least, median, most float64 }

func spreadOf(values []float64) (s spread, ok bool) {
	if len(values) == 0 {
		return spread{}, false
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return spread{sorted[0], (sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[n-1]}, true
}

// exponent returns e of the curve y = c·x^e through points, by least squares of the
// logarithms. It needs two different x, and positive values.
func exponent(xs, ys []float64) (e float64, ok bool) {
	var sx, sy, sxx, sxy, n float64
	for i := range xs {
		if xs[i] <= 0 || ys[i] <= 0 {
			continue
		}
		x, y := math.Log(xs[i]), math.Log(ys[i])
		sx, sy, sxx, sxy, n = sx+x, sy+y, sxx+x*x, sxy+x*y, n+1
	}
	d := n*sxx - sx*sx
	if n < 2 || d < 1e-9 {
		return 0, false
	}
	return (n*sxy - sx*sy) / d, true
}
