// Ringmend-guard watches a Ringpop ring from outside, explains it, and merges its sides
// after a split.
//
// It puts packages together: guard/watch looks and acts, guard/timeline says what has
// happened since the look before, guard/store remembers it, guard/web shows it. This
// package handles the command line.
package main
