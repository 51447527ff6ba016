// Package output makes a program fail when its output cannot be written.
//
// A command that prints hundreds of lines does not check each of them. It prints
// to a [Writer], which remembers the first error, and at the end [Writer.Check]
// makes that error the program's. The package imports the standard library only.
package output
