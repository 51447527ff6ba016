package routes

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/tools/make_partition/partition"
)

// inPath puts a shell script into PATH as a program.
func inPath(t *testing.T, name, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := proc.WriteProgram(filepath.Join(dir, name), "#!/bin/sh\n"+script); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// Names of containers and pods are looked up where they are known.
func TestResolverAsksTheProgram(t *testing.T) {
	for _, tt := range []struct {
		via      Via
		name     string
		prints   string
		want     string
		question string // a word that must be among the arguments
	}{
		{Docker, "web1", "10.89.0.11  ", "10.89.0.11", "inspect"},
		{Podman, "web1", "10.89.0.11  ", "10.89.0.11", "inspect"},
		{Podman, "web1", " fd00::2 ", "fd00::2", "inspect"},
		{Podman, "on-the-host", " ", "", "inspect"},
		{Kubectl, "web1", "10.1.2.3", "10.1.2.3", "pod"},
	} {
		t.Run(fmt.Sprint(tt.via, " ", tt.name), func(t *testing.T) {
			inPath(t, string(tt.via), `case " $* " in *" `+tt.question+` "*" `+tt.name+` ") echo '`+tt.prints+`';; *) echo "asked $*" >&2; exit 1;; esac`)
			got, err := Resolver(t.Context(), tt.via)(tt.name)
			if tt.want == "" {
				if !errors.Is(err, ErrName) {
					t.Errorf("%v, %v", got, err)
				}
				return
			}
			if err != nil || got.String() != tt.want {
				t.Errorf("%v, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestResolverSaysWhatTheProgramSays(t *testing.T) {
	inPath(t, "podman", `echo 'Error: no such object: "web1"' >&2; exit 125`)
	if _, err := Resolver(t.Context(), Podman)("web1"); !errors.Is(err, ErrName) || !strings.Contains(err.Error(), `podman says: Error: no such object: "web1"`) {
		t.Errorf("%v", err)
	}
}

// One container may have been restarted, and its routes be gone with it: the others are mended
// all the same, and the script says that one failed. A cut that fails must not go on.
func TestScriptsWhenOneContainerFails(t *testing.T) {
	split, err := partition.Spec{Parts: []partition.Part{{{Host: "10.0.0.1"}}, {{Host: "10.0.0.2"}, {Host: "10.0.0.3"}}}}.Resolve(partition.Static{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		via   Via
		heal  bool
		calls int
	}{{Podman, true, 4}, {Docker, true, 4}, {Kubectl, true, 4}, {Podman, false, 2}} {
		log := filepath.Join(t.TempDir(), "log")
		inPath(t, string(tt.via), `echo "$*" >>`+log+`; case "$*" in *10.0.0.3*) exit 1;; esac`)
		script, err := Script(split, tt.via, tt.heal)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh")
		cmd.Stdin = strings.NewReader(script)
		out, err := cmd.CombinedOutput()
		called, _ := os.ReadFile(log)
		if got := strings.Count(string(called), "\n"); err == nil || got != tt.calls {
			t.Errorf("%s, heal %v: %d calls, want %d; %v\n%s%s", tt.via, tt.heal, got, tt.calls, err, out, called)
		}
	}
}
