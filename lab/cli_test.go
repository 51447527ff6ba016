//go:build linux

package main

import (
	"testing"

	"github.com/ringmend/ringmend/internal/cli/clitest"
)

func TestAllPrograms(t *testing.T) { clitest.CheckPrograms(t, ".") }
