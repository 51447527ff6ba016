// Package fault says what is done to a system, and when.
//
// A fault is just a list of steps: commands with times. The same commands can be typed at
// the prompt or put in schedule files, so a fault can be read, and repeated by hand.
// Package run carries them out; nothing here has side effects.
//
// Begin with command.go, the language, which parse.go reads, then list.go, the faults. To
// add a fault, add a line to list.go. It imports package result.
package fault
