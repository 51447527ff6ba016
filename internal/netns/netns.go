package netns

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/ringmend/ringmend/internal/proc"
)

// ErrUnavailable is wrapped by errors that say why there can be no namespace.
var ErrUnavailable = errors.New("no network namespace can be made here")

// Flags returns what unshare takes to make a network namespace for this user.
func Flags() []string {
	if os.Geteuid() != 0 {
		return []string{"--map-root-user", "--net"}
	}
	return []string{"--net"}
}

// Available returns nil if unshare can make namespaces with these flags and the programs
// are installed. Otherwise the error says why not.
func Available(flags []string, programs ...string) error {
	for _, p := range append([]string{"unshare"}, programs...) {
		if _, err := exec.LookPath(p); err != nil {
			return fmt.Errorf("%w: the program %s is not installed (see tools/install-test-tools.sh)", ErrUnavailable, p)
		}
	}
	out, err := exec.Command("unshare", append(flags, "true")...).CombinedOutput()
	if err == nil {
		return nil
	}
	why := strings.TrimPrefix(strings.TrimSpace(string(out)), "unshare: ")
	if why == "" {
		why = err.Error()
	}
	return fmt.Errorf("%w: %s", ErrUnavailable, why)
}

// Command returns a command that runs this program, with arguments, in namespaces of its
// own; flags are what unshare takes. Run it by [proc.Run].
func Command(flags []string, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	words := append(append([]string{}, flags...), "--", self)
	return exec.Command("unshare", append(words, args...)...)
}

// Held is a namespace that a process of its own keeps.
type Held struct {
	// PID is of the process that keeps it.
	PID int
	// Enter is the prefix of a command that is to run there.
	Enter []string

	keeper *proc.Process
}

// Hold makes a namespace that lasts until Close, or the end of this process. Its loopback
// interface is up.
func Hold() (*Held, error) {
	said, says, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer said.Close()
	words := append(Flags(), "--", "sh", "-c", "ip link set lo up && echo up >&3 && exec sleep 1000000")
	out := new(proc.Tail)
	keeper, err := proc.Start(proc.Spec{Path: "unshare", Args: words, Output: proc.To(out), Files: []*os.File{says}})
	says.Close()
	if err != nil {
		return nil, err
	}
	h := &Held{PID: keeper.PID, keeper: keeper, Enter: entering(keeper.PID, os.Geteuid() != 0)}
	if _, err := bufio.NewReader(said).ReadString('\n'); err != nil {
		h.Close()
		return nil, fmt.Errorf("%w: %s", ErrUnavailable, out)
	}
	return h, nil
}

// Close ends the namespace when all processes in it are gone.
func (h *Held) Close() { h.keeper.Kill() }

// entering returns the words that enter the namespace of a process.
func entering(pid int, user bool) []string {
	words := []string{"nsenter", "-t", strconv.Itoa(pid)}
	if user {
		words = append(words, "-U", "--preserve-credentials")
	}
	return append(words, "-n")
}
