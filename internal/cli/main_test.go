package cli

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// full is the output of a program on a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestMainReturnsTheExitCode(t *testing.T) {
	failed := errors.New("the node has ended")
	for _, test := range []struct {
		name   string
		args   []string
		stdout io.Writer
		err    error // of what the program does
		code   int
		stderr string
	}{
		{"all went well", nil, io.Discard, nil, ExitOK, ""},
		{"failure", nil, io.Discard, failed, ExitFailed, "Error: the node has ended\n"},
		{"bad command line", nil, io.Discard, Usage(failed), ExitUsage, "Error: the node has ended\n"},
		{"help", nil, io.Discard, Usage(pflag.ErrHelp), ExitOK, ""},
		{"lost output", nil, full{}, nil, ExitFailed, "Error: writing the output: no space left on device\n"},
		{"lost help", nil, full{}, pflag.ErrHelp, ExitFailed, "Error: writing the output: no space left on device\n"},
		{"failure with lost output", nil, full{}, failed, ExitFailed, "Error: the node has ended\n"},
		{"unknown shell", []string{"completion", "tcsh"}, io.Discard, failed, ExitUsage, "Error: unknown shell \"tcsh\": there are bash, zsh, fish and powershell\n"},
		{"lost version", []string{"-V"}, full{}, failed, ExitFailed, "Error: no space left on device\n"},
		{"version", []string{"-V"}, io.Discard, failed, ExitOK, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := program()
			AddVersion(p.Flags)
			var stderr strings.Builder
			code := p.Main("Error:", test.args, test.stdout, &stderr, func(_ []string, out io.Writer) error {
				_, _ = io.WriteString(out, "| nodes |\n")
				return test.err
			})
			if code != test.code || stderr.String() != test.stderr {
				t.Errorf("exit code %d, want %d; on stderr:\n%swant:\n%s", code, test.code, stderr.String(), test.stderr)
			}
		})
	}
}
