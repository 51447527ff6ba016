// Package atomicfile replaces files such that there is always either the old or the new
// content under their names, whatever crashes. It imports the standard library only.
package atomicfile
