// Package report turns the answers of the nodes into text. All functions are pure; the
// package imports node/wire, package namelist and the standard library only.
package report
