package host

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"testing"
)

func init() { runtime.LockOSThread() } // main stays on the main thread

// TestMain runs the tests again in namespaces of their own, if there can be some.
func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	if err := Missing(); err != nil {
		fmt.Println("skipped:", err)
		return 0
	}
	if Inside() {
		if err := Enter(); err != nil {
			fmt.Println(err)
			return 1
		}
		return m.Run()
	}
	signal.Ignore(os.Interrupt)
	cmd := Command(os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}
