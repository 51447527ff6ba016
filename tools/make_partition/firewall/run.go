package firewall

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"
)

// commandTimeout is how long one program may take. A firewall with many thousand
// rules takes seconds.
const commandTimeout = time.Minute

// Errors of all functions here, wrapped with what was being done.
var (
	// ErrPermission says that this process may not change the firewall.
	ErrPermission = errors.New("no permission to change the firewall: be root, or in a network namespace of your own (unshare -rn)")
	// ErrMissing says that there is no program for the firewall.
	ErrMissing = errors.New("no firewall program found")
	// ErrCut says that there is a cut already.
	ErrCut = errors.New("there is a cut already")
)

// CommandError is a program that failed.
type CommandError struct {
	// Command is the program with its arguments, Stderr the first line that it
	// printed there, Err how it ended.
	Command, Stderr string
	Err             error
}

// Error returns one line.
func (e *CommandError) Error() string {
	if e.Stderr == "" {
		return fmt.Sprintf("%s: %v", e.Command, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Command, e.Stderr)
}

// Unwrap returns how the program ended.
func (e *CommandError) Unwrap() error { return e.Err }

// Is reports whether target is [ErrPermission] and the program said so.
func (e *CommandError) Is(target error) bool {
	said := strings.ToLower(e.Stderr)
	return target == ErrPermission &&
		(strings.Contains(said, "permission denied") || strings.Contains(said, "not permitted"))
}

// run runs a program with text as its input and returns what it prints.
func run(ctx context.Context, text, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin = strings.NewReader(text)
	cmd.Env = environment()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		failed := &CommandError{strings.Join(append([]string{program}, args...), " "), firstLine(stderr.String()), err}
		if errors.Is(failed, ErrPermission) {
			return "", fmt.Errorf("%w (%w)", ErrPermission, failed)
		}
		return "", failed
	}
	return stdout.String(), nil
}

// environment gives iptables another lock where only root may write to its own:
// in a user namespace, whose rules no other program changes.
func environment() []string {
	const lock = "XTABLES_LOCKFILE"
	f, err := os.OpenFile("/run/xtables.lock", os.O_RDONLY|os.O_CREATE, 0o600)
	if err == nil {
		f.Close()
		return nil
	}
	if !errors.Is(err, fs.ErrPermission) || os.Getenv(lock) != "" {
		return nil
	}
	return append(os.Environ(), fmt.Sprintf("%s=%s/ringmend-xtables-%d.lock", lock, os.TempDir(), os.Getpid()))
}

// firstLine returns the first line that says something about an error: programs
// print warnings that begin with # before it.
func firstLine(s string) string {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return ""
}

// found reports whether there is such a program.
func found(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}
