// Package report draws a run as one page that needs nothing else.
package report
