// Package gen writes what the modules compat/uber and compat/temporal have in common with
// package pop and with each other: packages of aliases for the packages of pop, in both; and
// in compat/temporal a copy of compat/uber, over Temporal's fork of TChannel.
//
//	go test ./compat/gen -update
//
// writes them, and without -update the test fails where a file is not what it would be. The
// package imports the standard library only. Begin reading at [Files].
package gen
