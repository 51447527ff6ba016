// Package compare puts runs side by side: medians and spread of what was measured, and
// charts of several systems over each other.
//
// Begin with group.go. It imports package result and the standard library.
package compare
