package cluster

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/proc"
)

// Command returns a program that is the given command line: an executable, found
// in PATH, and arguments that come before those that every node gets. It stands
// under name in reports. The same name means the same command line.
func Command(t testing.TB, name string, commandLine ...string) Program {
	t.Helper()
	builds.Lock()
	defer builds.Unlock()
	if builds.dir == "" {
		t.Fatal("cluster.Main must be called from TestMain")
	}
	program := Program(name)
	if _, ok := builds.paths[program]; ok {
		return program
	}
	quoted := make([]string, len(commandLine))
	for i, word := range commandLine {
		quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	// With exec the node is the process that is started, and gets its signals.
	script := "#!/bin/sh\nexec " + strings.Join(quoted, " ") + " \"$@\"\n"
	path := filepath.Join(builds.dir, fmt.Sprintf("command-%d", len(builds.paths)))
	if err := proc.WriteProgram(path, script); err != nil {
		t.Fatalf("command %s: %v", name, err)
	}
	builds.paths[program] = path
	return program
}

// SetFlags has the node started with these arguments from its next start on, in
// place of those that an earlier call set.
func (n *Node) SetFlags(flags ...string) {
	const own = 2 // --listen and --hosts
	n.args = append(n.args[:own:own], flags...)
}

// Call sends body to an endpoint of the node and returns the body of the answer.
func (n *Node) Call(ctx context.Context, endpoint string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return n.client.Call(ctx, n.Address, endpoint, body)
}

// SetProgram has the node be another program from its next start on, with the arguments
// that it has.
func (n *Node) SetProgram(t testing.TB, program Program) {
	t.Helper()
	n.path, n.Program = Build(t, program), program
}

// Built makes an executable a program, which stands under name in reports.
func Built(name, path string) Program {
	builds.Lock()
	defer builds.Unlock()
	builds.paths[Program(name)] = path
	return Program(name)
}
