package app

import (
	"os"
	"runtime"
	"runtime/debug"
)

// BeSmall makes Go's runtime use what a bare node needs, unless GOMAXPROCS and GOGC in the
// environment say otherwise. It is for the main functions of programs that are nothing else.
//
// What a node does at rest are a few microseconds, one thing after another: with more processors
// the scheduler wakes another thread each time, which finds nothing left to do. And what is
// garbage after the start need not stay. docs/performance.md says what each gives.
func BeSmall() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1)
	}
	if os.Getenv("GOGC") == "" {
		const percent = 50 // of the live heap may be garbage, and of at least 4 MB
		debug.SetGCPercent(percent)
	}
}
