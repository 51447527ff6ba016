// Package ports is for tests and tools: it hands out ports that no other test on the
// machine uses at the same time. [Pool] is where to begin.
//
// It imports the standard library only.
package ports
