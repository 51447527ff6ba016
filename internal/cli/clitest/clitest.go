package clitest

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/version"
)

// CheckPrograms builds all programs below a directory of a module, but for examples, and
// runs each.
func CheckPrograms(t *testing.T, dir string) {
	t.Helper()
	list := exec.Command("go", "list", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "./...")
	list.Dir = dir
	out, err := list.Output()
	if err != nil {
		t.Fatalf("listing the programs: %v", err)
	}
	packages := slices.DeleteFunc(strings.Fields(string(out)), func(p string) bool {
		// Those are to be copied, and so import no internal package; examples/einstein, a
		// module of its own, is not.
		return strings.Contains(p, "/examples/") && !strings.HasSuffix(p, "/examples/einstein")
	})
	if len(packages) == 0 {
		t.Fatal("no programs")
	}
	bin := t.TempDir()
	build := exec.Command("go", append([]string{"build", "-o", bin + "/"}, packages...)...)
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the programs: %v\n%s", err, out)
	}
	for _, p := range packages {
		t.Run(filepath.Base(p), func(t *testing.T) { check(t, filepath.Join(bin, filepath.Base(p))) })
	}
}

func check(t *testing.T, program string) {
	full := regexp.MustCompile(`^` + filepath.Base(program) + ` ` + regexp.QuoteMeta(version.Current()) + "\ncommit .+\ngo1.+\n$")
	for _, test := range []struct {
		args string
		code int
		want *regexp.Regexp // of the output
	}{
		{"-V", 0, regexp.MustCompile(`^\d+\.\d+\.\d+\n$`)},
		{"--version", 0, full},
		{"completion bash", 0, regexp.MustCompile("^# bash completion V2 for " + filepath.Base(program) + " ")},
		{"completion tcsh", 2, regexp.MustCompile("^$")},
		{"--no-such-flag", 2, regexp.MustCompile("^$")},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // for one that takes the words for an order to run
		cmd := exec.CommandContext(ctx, program, strings.Fields(test.args)...)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		cancel()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if code := cmd.ProcessState.ExitCode(); code != test.code {
			t.Errorf("%s: exit code %d, stderr: %s", test.args, code, stderr.String())
		}
		if !test.want.MatchString(stdout.String()) {
			t.Errorf("%s: %.200q", test.args, stdout.String())
		}
	}
}
