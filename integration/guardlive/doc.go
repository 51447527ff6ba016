// Package guardlive runs ringmend-guard beside real rings of stock programs, each node on
// a host of its own, cut by real firewall rules.
//
// A [Scenario] says what the ring is made of, how it is cut, and where guards run; a
// [Lab] runs it and returns an [Outcome]. The tests run some, within a minute or so; the
// command study runs all, and prints a table. It needs what package netlab needs.
package guardlive
