package cli

import (
	"errors"
	"io"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/internal/version"
)

// Program is a program without commands.
type Program struct {
	Name string
	// Flags are only looked at: they must not be those that the program itself
	// reads its options from.
	Flags *pflag.FlagSet
	// Values are the values that flags can have, by the names of the flags. A flag
	// that takes a value and has none here takes the name of a file.
	Values map[string][]string
	// Args are what can stand beside the flags, but for the names of files. If nil,
	// nothing can.
	Args []string
}

// ErrUsage is wrapped by errors about a command line that is not understood.
var ErrUsage = errors.New("usage")

type usageError struct{ error }

func (e usageError) Unwrap() error   { return e.error }
func (usageError) Is(err error) bool { return err == ErrUsage }

// Usage makes an error one about the command line. Its text stays.
func Usage(err error) error { return usageError{err} }

// versionFlag is the name of the flag that AddVersion adds.
const versionFlag = "version"

// AddVersion adds -V and --version.
func AddVersion(f *pflag.FlagSet) {
	f.BoolP(versionFlag, "V", false, "print the number of the version; --version says the commit and Go's version, too")
}

// Early does what a command line asks of every program: print the version, or
// complete what was typed. It reports whether that is all there is to do.
func (p Program) Early(args []string, stdout, stderr io.Writer) (done bool, err error) {
	if Completes(args) {
		return true, p.Complete(args, stdout, stderr)
	}
	// The program itself handles help and flags that cannot be parsed.
	p.Flags.SetOutput(io.Discard)
	p.Flags.Usage = func() {}
	if p.Flags.Parse(args) != nil {
		return false, nil
	}
	if asked, err := p.Flags.GetBool(versionFlag); err != nil || !asked {
		return false, nil
	}
	_, err = io.WriteString(stdout, version.Text(p.Name, args))
	return true, err
}
