// Package report draws what happened in a simulated run: one HTML file that
// needs nothing else, with charts as inline SVG.
package report
