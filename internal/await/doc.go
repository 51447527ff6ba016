// Package await is for tests: it waits until a condition holds that other goroutines or
// processes bring about, in place of a sleep. [Until] is where to begin; [Buffer] is for what
// they print.
//
// It imports the standard library only.
package await
