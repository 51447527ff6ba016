// Package check looks at what a system answered, and says whether it may have.
//
// Begin with check.go. To check another kind of system, add a model there. It imports
// package result, and porcupine, which decides whether histories are linearizable.
package check
