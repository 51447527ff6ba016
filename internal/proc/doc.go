// Package proc starts processes that do not outlive this one, however it ends. It is for
// tick-cluster, for tests, and for the programs that measure nodes.
//
// Each process gets a process group of its own: the terminal's signals do not reach it,
// and the processes that it starts can be signalled with it.
// Three things see to the end of all of them:
//
//   - the caller, who signals each [Process] and waits for it;
//   - a [Guard], a second process that outlives this one for an instant and kills
//     the groups that are left, also after a crash or a SIGKILL;
//   - on Linux the kernel, which kills the processes (not their children) when
//     this one is gone. It helps where there is no guard, or it was killed as well.
//
// Out of reach are a grandchild that has left the process group on purpose, as daemons
// do, and one that was started before the guard knew its parent, if this process is
// killed at that instant.
//
// The package works on unix systems, and imports the standard library and x/term only.
// Begin with [Start].
package proc
