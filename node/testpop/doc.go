// Command testpop is a bare node: the program that tick-cluster and the
// integration suites start. See testpop --help.
package main
