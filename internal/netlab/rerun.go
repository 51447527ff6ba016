package netlab

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"github.com/ringmend/ringmend/internal/proc"
)

// given is set in the environment of a process that [Give] has given something.
const given = "RINGMEND_NETLAB_GIVEN"

// Rerun is the frame of a program that works in namespaces of its own. Outside of them it
// prepares, in a temporary directory, what the work needs of the real network or of the
// machine: programs that are built, say. Then it runs itself [Again], and what prepare
// returned is given to the work there.
func Rerun[T any](args []string, prepare func(dir string) (T, error), work func(T) error) error {
	if Inside() {
		var prepared T
		if err := Given(&prepared); err != nil {
			return err
		}
		return work(prepared)
	}
	if err := Missing(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "ringmend-prepared-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	prepared, err := prepare(dir)
	if err != nil {
		return err
	}
	cmd := Command(args...)
	if err := Give(cmd, prepared); err != nil {
		return err
	}
	return again(cmd)
}

// Again runs this program once more by [Command] and waits for its end. An interrupt goes to
// both processes: this one ignores it, to clean up.
func Again(args []string) error { return again(Command(args...)) }

func again(cmd *exec.Cmd) error {
	signal.Ignore(os.Interrupt)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return proc.Run(cmd)
}

// Give gives a value to the process of a [Command], which takes it by [Given]. It goes through
// JSON and the environment.
func Give(cmd *exec.Cmd, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	cmd.Env = append(cmd.Env, given+"="+string(text))
	return nil
}

// Given reads what this process was given by [Give].
func Given(into any) error {
	if err := json.Unmarshal([]byte(os.Getenv(given)), into); err != nil {
		return fmt.Errorf("what the namespaces were given: %w", err)
	}
	return nil
}
