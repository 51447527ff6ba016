// Package cutter cuts a running cluster into parts and mends it, with the code of
// make_partition: package partition reads the parts, rules says what to refuse,
// format and firewall load it, and gate decides about new connections where nodes
// share an address.
//
// There is one cut at a time. It lasts until [Cutter.Mend] or [Cutter.Close]; in case
// this process crashes, [Options.Hold] tells another process to mend it.
package cutter
