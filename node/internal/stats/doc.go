// Package stats makes the figures that a node shows out of what happens to it: those of
// healing out of events ([Heal]), rates of calls ([Meter]), and why calls fail
// ([ReasonOf]). The types of what is shown are those of package wire.
//
// It may import packages heal, swim and wire.
package stats
