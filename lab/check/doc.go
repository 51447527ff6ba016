// Package check decides whether the answers of a system were allowed.
//
// Begin with check.go. To check another kind of system, add a model there. It imports
// package result, and porcupine, which decides whether histories are linearizable.
package check
