// Package demo cuts a cluster of three nodes of package iq in two, heals it, and has package
// check look at what clients were told meanwhile.
//
// [Run] plays one row of the table on a [Network]: [InMemory], or [InNamespaces], which are
// processes and firewall rules.
package demo
