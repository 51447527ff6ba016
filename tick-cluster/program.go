package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
)

// program is what runs as a node.
type program struct {
	path string
	args []string // before those of the node
	more []string // after them
	env  []string
}

// bindDial is the option of a node to dial from the address that it listens on.
const bindDial = "--bind-dial"

// findProgram finds what the options name. self is the path of this program.
func findProgram(o options, self string) (p program, err error) {
	switch {
	case o.program == "":
		p = program{path: self, env: []string{roleEnv(roleNode)}}
	case o.interpreter == "":
		if p.path, err = findExecutable(o.program); err != nil {
			return program{}, fmt.Errorf("program %w", err)
		}
	default:
		if p.path, err = findExecutable(o.interpreter); err != nil {
			return program{}, fmt.Errorf("interpreter %w", err)
		}
		if info, err := os.Stat(o.program); err != nil || info.IsDir() {
			return program{}, fmt.Errorf("program %s does not exist. Check path", o.program)
		}
		p.args = []string{o.program}
	}
	if o.loopback {
		p.more = []string{bindDial}
	}
	return p, nil
}

// findExecutable finds a file by its path, also one in the current directory
// without a "./" in front, or else a name on the PATH.
func findExecutable(name string) (string, error) {
	here := name
	if !strings.Contains(name, "/") {
		here = "./" + name
	}
	info, err := os.Stat(here)
	switch {
	case err == nil && info.Mode().IsRegular():
		if info.Mode()&0o111 == 0 {
			return "", fmt.Errorf("%s is not executable; start it with -i INTERPRETER or change its mode", name)
		}
		return here, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s cannot be used: %w", name, err)
	case here != name:
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s does not exist. Check path", name)
}

// spec says how the program is started as a node.
func (p program) spec(n cluster.Node, guard *proc.Guard, output func(*os.File)) proc.Spec {
	args := slices.Concat(p.args, []string{"--listen=" + n.Address, "--hosts=./" + hostsFile}, p.more)
	return proc.Spec{
		Path:   p.path,
		Args:   args,
		Env:    p.env,
		Output: output,
		Guard:  guard,
	}
}
