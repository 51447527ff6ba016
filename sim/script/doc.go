// Package script is what can happen to a simulated cluster, written down: how many
// nodes there are, what their network is like, and which faults happen when.
//
// A [Script] is a value. It is written by hand ([Parse], [Script.String]), or made by
// a [Scenario] from a size and a seed. Nothing here plays it: a new scenario is a
// function that adds steps. A new kind of step is a verb in step.go, and a case in
// world/perform.go.
//
// It imports node/core and node/swim for the names of rules and their settings, and
// nothing of the simulator. Begin with script.go and step.go; scenario.go, shape.go,
// lists.go and random.go are the scenarios.
package script
