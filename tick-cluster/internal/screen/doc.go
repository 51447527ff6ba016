// Package screen writes the output of tick-cluster: the lines of many programs, its own
// lines, and a prompt below them that stays in one piece.
//
// [Screen] is the only writer to the output. [Follow] brings the output of a
// program to it, line by line, in bounded memory. [Terminal] reads keys without
// waiting for Enter, and restores the terminal. The package imports
// the standard library, x/term and x/sys only.
package screen
