//go:build !linux

package main

import (
	"fmt"
	"os"

	"github.com/ringmend/ringmend/lab/host"
)

func main() {
	fmt.Fprintln(os.Stderr, "Error:", host.Missing())
	os.Exit(1)
}
