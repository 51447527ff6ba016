// Package namelist writes lists of the names of nodes. It imports the standard
// library only.
package namelist
