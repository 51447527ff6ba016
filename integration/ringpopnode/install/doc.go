// Command install installs ringpop-node, unless that was done before, and prints
// the path of its main.js.
package main
