// Package guardsim lets guards act in simulated rings: histories of crashes, cuts and
// restarts, in which the plan of package guard/plan is carried out by outsiders that
// stand between the nodes or on the host of one, and sometimes die.
//
// All invariants of the simulator must hold, and those of the guards (invariants.go). A
// [Mutant] takes one of the plan's checks away, and a test shows that the invariants
// notice. It imports guard/plan and sim.
package guardsim
