// Package cli holds what the commands of the simulator have in common: options, playing
// scripts with progress, stopping at a signal, and exit codes.
//
// It imports sim, and internal/cli for what all programs have in common. Begin with
// [Main]; the commands use [Session.Play].
package cli
