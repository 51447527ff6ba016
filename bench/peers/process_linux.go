package main

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// processCPU is the time that a process has spent on processors. /proc has it in
// hundredths of a second, which is too coarse for a node; its clock has nanoseconds.
func processCPU(pid int) (time.Duration, error) {
	const cpuClockSched = 2 // see clock_getcpuclockid(3)
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|cpuClockSched), &t); err != nil {
		return 0, fmt.Errorf("the CPU clock of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}

func memoryOf(pid int) (memory, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return memory{}, err
	}
	var size, resident, files int
	if _, err := fmt.Sscan(string(text), &size, &resident, &files); err != nil {
		return memory{}, fmt.Errorf("/proc/%d/statm: %q: %w", pid, text, err)
	}
	page := os.Getpagesize()
	return memory{resident * page, (resident - files) * page}, nil
}

// load is the load of the machine over the last minute.
func load() (load float64) {
	text, err := os.ReadFile("/proc/loadavg")
	if err == nil {
		_, err = fmt.Sscan(string(text), &load)
	}
	if err != nil {
		return 0
	}
	return load
}
