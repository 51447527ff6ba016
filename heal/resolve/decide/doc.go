// Decide reads documents from standard input and prints what a split brain resolver decides
// about each: by the rules of this project (guard), or by those that Akka and Pekko publish
// (parity). See decide --help. It drives package resolve with the clockwork of production;
// begin reading at document.go, which is the format.
package main
