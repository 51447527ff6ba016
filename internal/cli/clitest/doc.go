// Package clitest is for tests: it builds every program of a module and checks that each
// has what package cli offers. [CheckPrograms] is all of it.
package clitest
