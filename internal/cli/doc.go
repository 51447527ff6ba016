// Package cli has what all command lines share: -V and --version, shell completion, and
// exit codes. Package clitest checks that every program of a module has the first two.
//
// It may import pflag, cobra, and packages output and version, and nothing of the
// protocol. Begin with [Program.Main].
package cli
