package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ringmend/ringmend/internal/netlab"
)

// What the machine can do to a node.

// fullDisk returns a directory on a disk of its own that is full, made when it is first asked
// for; empty where this process may not mount one.
func fullDisk(mayMount bool, dir string) string {
	disk := filepath.Join(dir, "disk")
	filler := filepath.Join(disk, "filler")
	if _, err := os.Stat(filler); err == nil {
		return disk
	}
	if !mayMount || os.MkdirAll(disk, 0o755) != nil || exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "soak", disk).Run() != nil {
		return ""
	}
	// It takes what there is room for, and fails.
	_ = os.WriteFile(filler, make([]byte, 1<<20), 0o644)
	return disk
}

// otherClock returns the words that start a program with a monotonic clock that is off by some
// seconds; nil where there are none. Nothing gives one process another time of day: Go asks
// the kernel, which has one for all.
func otherClock(seconds int64) []string {
	offset := fmt.Sprint(seconds)
	words := []string{"unshare", "--time", "--monotonic", offset, "--boottime", offset}
	if exec.Command(words[0], append(words[1:], "true")...).Run() != nil {
		return nil
	}
	return words
}

// leaf returns the process at the end of a chain of them, such as a program that unshare has
// started.
func leaf(pid int) int {
	for {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", pid))
		var child int
		if err != nil {
			return pid
		}
		if _, err := fmt.Sscan(string(text), &child); err != nil {
			return pid
		}
		pid = child
	}
}

const longestCut = 12 * time.Second

// cutOff cuts a node and some others off from the rest for a while.
func (c *cluster) cutOff(kind netlab.Kind) func(*node) error {
	return func(n *node) error {
		if c.network == nil || c.cut {
			return errNotNow
		}
		var sides [2][]int
		for host := range c.options.nodes {
			side := c.random.IntN(2)
			if host == n.host {
				side = 0
			}
			sides[side] = append(sides[side], host)
		}
		if len(sides[1]) == 0 {
			return errNotNow
		}
		c.cut = true
		return c.network.Cut(kind, sides[0], sides[1])
	}
}

func (c *cluster) mend() error {
	if !c.cut {
		return nil
	}
	c.cut = false
	return c.network.Mend()
}
