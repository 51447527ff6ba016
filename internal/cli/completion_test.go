package cli

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/internal/version"
)

func program() Program {
	flags := pflag.NewFlagSet("ringsim", pflag.ContinueOnError)
	flags.String("rules", "ringmend", "rule set")
	flags.String("script", "", "a file")
	return Program{Name: "ringsim", Flags: flags, Values: map[string][]string{"rules": {"ringmend", "ringpop"}}}
}

func complete(t *testing.T, p Program, args ...string) string {
	t.Helper()
	var stdout, stderr strings.Builder
	if !Completes(args) {
		t.Errorf("%q does not ask", args)
	}
	if err := p.Complete(args, &stdout, &stderr); err != nil {
		t.Errorf("%q: %v, %s", args, err, stderr.String())
	}
	return stdout.String()
}

func TestScriptsForEveryShell(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if got := complete(t, program(), "completion", shell); len(got) < 1000 || !strings.Contains(got, "ringsim") {
			t.Errorf("%s: %s", shell, got)
		}
	}
	if err := program().Complete([]string{"completion", "tcsh"}, &strings.Builder{}, &strings.Builder{}); !errors.Is(err, ErrUsage) {
		t.Errorf("tcsh: %v", err)
	}
}

func TestWhatComesNext(t *testing.T) {
	withFiles := program()
	withFiles.Args = []string{}
	tests := []struct {
		program Program
		typed   []string
		want    string
	}{
		{program(), []string{"--r"}, "--rules\trule set\n:4\n"},
		{program(), []string{"--rules", ""}, "ringmend\nringpop\n:4\n"},
		{program(), []string{"--script", ""}, ":0\n"}, // a file
		{program(), []string{""}, ":4\n"},
		{withFiles, []string{""}, ":0\n"},
	}
	for _, test := range tests {
		if got := complete(t, test.program, append([]string{"__complete"}, test.typed...)...); got != test.want {
			t.Errorf("%q: %q, want %q", test.typed, got, test.want)
		}
	}
}

func TestOnlyCompletionIsAskedFor(t *testing.T) {
	for _, args := range [][]string{nil, {"completion"}, {"--rules", "completion"}, {"-V"}} {
		if Completes(args) {
			t.Errorf("%q asks", args)
		}
	}
}

func TestTheVersion(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string // "" for nothing
	}{
		{[]string{"-V"}, version.Current() + "\n"},
		{[]string{"--rules", "x", "--version"}, version.Full("ringsim")},
		{[]string{"--rules", "-V"}, ""},
		{[]string{"--nonsense", "-V"}, ""},
		{[]string{"-h"}, ""},
		{nil, ""},
	} {
		p := program()
		AddVersion(p.Flags)
		var stdout strings.Builder
		done, err := p.Early(test.args, &stdout, io.Discard)
		if done != (test.want != "") || err != nil || stdout.String() != test.want {
			t.Errorf("%q: %v, %v, %q", test.args, done, err, stdout.String())
		}
	}
}

func TestCompletionIsEarly(t *testing.T) {
	var stdout strings.Builder
	if done, err := program().Early([]string{"completion", "bash"}, &stdout, io.Discard); !done || err != nil || stdout.Len() < 1000 {
		t.Errorf("%v, %v, %d bytes", done, err, stdout.Len())
	}
}
