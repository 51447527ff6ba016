// Package version says which version of ringmend a program is: the number for -V, and
// commit and compiler for --version. It imports the standard library only.
package version
