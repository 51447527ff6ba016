package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
)

func TestPrograms(t *testing.T) {
	dir := t.TempDir()
	bin := t.TempDir()
	t.Chdir(dir)
	t.Setenv("PATH", bin)
	for name, mode := range map[string]os.FileMode{"here": 0o755, "script.js": 0o644, filepath.Join(bin, "there"): 0o755, filepath.Join(bin, "here"): 0o755} {
		if err := os.WriteFile(name, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	there := filepath.Join(bin, "there")
	tests := []struct {
		name, program, interpreter string
		want                       program
		err                        string
	}{
		{name: "none", want: program{path: "/self", env: []string{"TICK_CLUSTER_ROLE=node"}}},
		{name: "in this directory", program: "./here", want: program{path: "./here"}},
		{name: "in this directory, by name, before the PATH", program: "here", want: program{path: "./here"}},
		{name: "on the PATH", program: "there", want: program{path: there}},
		{name: "by its whole path", program: there, want: program{path: there}},
		{name: "with an interpreter", program: "script.js", interpreter: "there", want: program{path: there, args: []string{"script.js"}}},
		{name: "not there", program: "none", err: "program none does not exist. Check path"},
		{name: "not there either", program: "./none", err: "program ./none does not exist. Check path"},
		{name: "not in this directory", program: "./there", err: "program ./there does not exist. Check path"},
		{name: "a directory", program: bin, err: "program " + bin + " does not exist. Check path"},
		{name: "not executable", program: "script.js", err: "program script.js is not executable; start it with -i INTERPRETER or change its mode"},
		{name: "no such interpreter", program: "script.js", interpreter: "none", err: "interpreter none does not exist. Check path"},
		{name: "no such script", program: "there", interpreter: "there", err: "program there does not exist. Check path"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := findProgram(options{program: test.program, interpreter: test.interpreter}, "/self")
			if test.err != "" {
				if err == nil || err.Error() != test.err {
					t.Errorf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(program{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheArgumentsOfANode(t *testing.T) {
	n := cluster.Node{Name: "3001", Address: "127.0.0.1:3001"}
	got := program{path: "node", args: []string{"main.js"}, more: []string{"--bind-dial"}}.spec(n, nil, nil).Args
	want := []string{"main.js", "--listen=127.0.0.1:3001", "--hosts=./hosts.json", "--bind-dial"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
