// Package render turns what package admin finds into text and JSON.
//
// Everything here is a pure function from a value to a string or to a value with
// JSON tags: no clock, no terminal, no colours. Programs decide where it goes.
//
// The package imports admin and node/wire only. A new view is a file of its own:
// a function that returns text, and a type with documented fields for --json.
package render
