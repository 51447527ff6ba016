// Package util has the helpers that ringpop-go exports. It imports the standard library only.
package util
