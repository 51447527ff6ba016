// Lab runs a real system on an emulated network, puts load on it, breaks something,
// and writes down what that did.
//
// How a run goes: options.go reads the command line into a [result.Config];
// outside_linux.go finds the programs, makes the results directory and starts this
// program again in namespaces of its own; inside_linux.go has package run make the run,
// and package check judge it. Packages below import each other one way: link is packets
// without a network, host is hosts and devices, topology lays them out, system knows the
// programs, workload and fault draw what is done, run does it, result keeps it, check
// and report look at it.
package main
