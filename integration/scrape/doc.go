// Package scrape reads the metrics of a program from its page /metrics. Begin with [Metrics]. It imports the
// standard library only.
package scrape
