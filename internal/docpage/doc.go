// Package docpage reads and writes the parts of the documentation that a command makes. In a
// page such a part stands between two comments, of which the first names the command. It
// imports the standard library only.
package docpage
