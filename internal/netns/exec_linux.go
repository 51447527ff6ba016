package netns

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"
)

// userVariable is set in a namespace that belongs to a user namespace, which is
// made for users other than root.
const userVariable = "RINGMEND_USER_NAMESPACE"

// Exec replaces this process by a program in a new network namespace, unless it is so
// already. It returns only if that fails. Unshare of util-linux does it: a process of many
// threads, as each Go program is, may not enter a user namespace itself.
func Exec(path string, args, env []string) error {
	flags, user := Flags(), ""
	if os.Geteuid() != 0 {
		user = "1"
	}
	// Otherwise the user would see only the message of unshare.
	if err := Available(flags); err != nil {
		return err
	}
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		return err
	}
	env = append(append(os.Environ(), userVariable+"="+user), env...)
	argv := append(append([]string{unshare}, flags...), "--", path)
	return fmt.Errorf("starting %s: %w", unshare, unix.Exec(unshare, append(argv, args...), env))
}

// Look returns the words with which another terminal runs a program in the
// namespace of this process.
func Look() string {
	return strings.Join(entering(os.Getpid(), os.Getenv(userVariable) != ""), " ")
}
