// Package sim runs whole clusters of the production protocol core on a virtual
// clock, from one seed: thousands of histories that no test author would think of, each
// exactly repeatable.
//
// Each of its packages can be read without the others:
//
//   - script: how many nodes there are, what their network is like and which faults
//     happen when. Scenarios are there.
//   - world: the cluster that runs. Every node is a real [core.Core], driven by the
//     duties that package core names, just as package node drives one on a real
//     network. The only things that are not real are the clock, the network and the
//     processes.
//   - trace, check, measure: observers of the world. They write down what happens,
//     check the invariants, and measure.
//
// [Run] plays a script and lets all three observe it; [RunAll] plays many on several cores of the
// machine at once; [Shrink] makes a script that violates an invariant short. There is
// no goroutine, no real clock and no shared random source inside a run: equal scripts,
// seeds included, have equal trace hashes.
//
// The command ringsim does all this; the command healstudy shows how partitions of all
// shapes and sizes heal.
//
// sim imports node/core and what that is made of, and nothing else of the project.
package sim
