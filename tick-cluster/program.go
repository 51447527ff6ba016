package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"

	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
	"github.com/ringmend/ringmend/tick-cluster/internal/proc"
)

// program is what runs as a node.
type program struct {
	path string
	args []string // before those of the node
	env  []string
}

// findProgram finds what the options name. self is the path of this program.
func findProgram(o options, self string) (program, error) {
	if o.program == "" {
		return program{path: self, env: []string{roleEnv(roleNode)}}, nil
	}
	if o.interpreter == "" {
		path, err := findExecutable(o.program)
		if err != nil {
			return program{}, fmt.Errorf("program %w", err)
		}
		return program{path: path}, nil
	}
	path, err := findExecutable(o.interpreter)
	if err != nil {
		return program{}, fmt.Errorf("interpreter %w", err)
	}
	if info, err := os.Stat(o.program); err != nil || info.IsDir() {
		return program{}, fmt.Errorf("program %s does not exist. Check path", o.program)
	}
	return program{path: path, args: []string{o.program}}, nil
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
func (p program) spec(n cluster.Node, output func(*os.File)) proc.Spec {
	args := append([]string{}, p.args...)
	return proc.Spec{
		Path:   p.path,
		Args:   append(args, "--listen="+n.Address, "--hosts=./"+hostsFile),
		Env:    p.env,
		Output: output,
	}
}
