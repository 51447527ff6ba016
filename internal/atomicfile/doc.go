// Package atomicfile replaces files atomically: after any crash a file has either its old
// or its new content. It imports the standard library only.
package atomicfile
