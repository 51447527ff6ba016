// Package fault says what is done to a system, and when.
//
// A fault is nothing but a list of steps: commands with times. The same commands are
// typed at the prompt and stand in schedule files, so that what a fault does can be
// read, and done by hand. Whoever carries them out is package run; here nothing is
// touched.
//
// Begin with command.go, the language, then list.go, the faults. To add a fault, add a
// line to list.go. It imports package result.
package fault
