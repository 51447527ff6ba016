// Package cli is what all command lines have in common: -V and --version, and
// completion by the shell. Package clitest checks that every program of a module has them.
//
// It may import pflag, cobra and package version, and nothing of the protocol.
package cli
