// Package doctable is for tests: it compares a table in a page of the documentation with what
// the code says, or writes it anew.
package doctable
