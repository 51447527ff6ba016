//go:build unix

package sim

import (
	"fmt"
	"github.com/ringmend/ringmend/sim/script"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// BenchmarkSteadyState plays a cluster in which nothing happens. It reports how many
// seconds of the cluster pass in a real one, on one core of the machine.
func BenchmarkSteadyState(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s := script.New(n)
			s.Warm = true
			s.For = 20 * time.Second // what a node says of itself when it starts is told
			r := newRun(s, Options{})
			r.play()
			before, calls, cpu := r.Now, r.measures.Messages, cpuTime(b)
			b.ResetTimer()
			for range b.N {
				r.RunUntil(r.Now + time.Second)
			}
			if r.Violation != nil {
				b.Fatal(r.Violation.Report())
			}
			cpu = cpuTime(b) - cpu
			b.ReportMetric((r.Now-before).Seconds()/b.Elapsed().Seconds(), "virtual-s/s")
			b.ReportMetric((r.Now-before).Seconds()/cpu.Seconds(), "virtual-s/cpu-s")
			b.ReportMetric(2*float64(cpu.Nanoseconds())/float64(r.measures.Messages-calls), "cpu-ns/call")
		})
	}
}

// BenchmarkMemory reports the memory of one member in one node's table.
func BenchmarkMemory(b *testing.B) {
	const n = 1000
	for range b.N {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := script.New(n)
		s.Warm = true
		s.For = 20 * time.Second
		r := newRun(s, Options{})
		r.play()
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(n*n), "bytes/member")
		runtime.KeepAlive(r)
	}
}

// cpuTime returns what this process has used of the machine's time, garbage
// collection included. On a machine that others use it says more than a clock.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSplit plays a cluster that is cut in halves and heals. Nearly all of the work
// is changes in messages; it reports what one costs, wherever it is handled.
func BenchmarkSplit(b *testing.B) {
	for _, n := range []int{300, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			carried := 0
			cpu := cpuTime(b)
			for i := range b.N {
				s, err := script.Parse(fmt.Sprintf("nodes %d\nseed %d\nwarm\nchecksum sum\n5s cut 1-%d | %d-%d\n30s mend", n, i+1, n/2, n/2+1, n))
				if err != nil {
					b.Fatal(err)
				}
				r, err := Run(s, Options{Linger: 5 * time.Second})
				if err != nil {
					b.Fatal(err)
				}
				if r.Violation != nil {
					b.Fatal(r.Violation.Report())
				}
				carried += r.Carried
			}
			cpu = cpuTime(b) - cpu
			b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s/run")
			b.ReportMetric(float64(carried)/float64(b.N)/float64(n*n), "carried/pair")
			b.ReportMetric(float64(cpu.Nanoseconds())/float64(carried), "cpu-ns/carried")
		})
	}
}
