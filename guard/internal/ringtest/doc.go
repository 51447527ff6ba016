// Package ringtest makes rings as looks show them, for the tests of packages that are
// told of looks.
package ringtest
