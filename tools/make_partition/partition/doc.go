// Package partition turns what a person writes ("3000,3001 3002-3009", "*",
// "10.0.0.1:3000") into the nodes that are meant and the pairs of nodes that may
// no longer talk.
//
// [ParsePart] and [ParsePair] read the words, a [Universe] says which nodes there
// are ([Listening]: those found on this machine, [Static]: those that are named),
// and [Spec.Resolve] puts both together. Everything here is pure; names of hosts
// are resolved by the maker of a Static universe.
//
// It imports package sockets and the standard library.
package partition
