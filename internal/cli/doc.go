// Package cli has what all command lines share: -V and --version, and shell
// completion. Package clitest checks that every program of a module has them.
//
// It may import pflag, cobra and package version, and nothing of the protocol.
package cli
