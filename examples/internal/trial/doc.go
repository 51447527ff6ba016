// Package trial puts a service of three nodes under load, restarts all of them one after
// the other, kills one, and counts the requests that fail. It is for the tests of the
// examples.
package trial
