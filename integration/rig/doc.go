// Package rig is what the programs that start real nodes and measure them have in common: it
// builds what they start, waits, and says how busy the machine is and what a process occupies.
// Tests wait by internal/await and build by package cluster.
//
// It imports the standard library only. Begin with [Build].
package rig
