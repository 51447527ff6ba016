// Package timeline prints a recorded session: the commands, which nodes went down and came
// back, and the views of the nodes, in order of time.
//
// It imports packages record and namelist, and the standard library.
package timeline
