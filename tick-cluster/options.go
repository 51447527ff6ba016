package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/tick-cluster/internal/command"
)

// maxSize is the largest cluster: more processes than one machine is good for.
const maxSize = 1000

// options are what the command line says.
type options struct {
	size        int
	interpreter string     // empty: the program is started itself
	host        netip.Addr // of all nodes
	port        int        // of the first node
	program     string     // empty: the built-in node

	help, version bool
}

// errUsage is wrapped by errors about a command line that is not understood.
var errUsage = errors.New("usage")

type usageError struct{ error }

func (usageError) Is(target error) bool { return target == errUsage }

func flagSet() *pflag.FlagSet {
	f := pflag.NewFlagSet("tick-cluster", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.SortFlags = false
	// Numbers are read as strings, for errors of our own.
	f.StringP("size", "n", "5", "start `SIZE` nodes, from 1 to "+strconv.Itoa(maxSize)+" (default 5)")
	f.StringP("interpreter", "i", "", "start PROGRAM with `INTERPRETER`, node for example")
	f.String("interface", "127.0.0.1", "`ADDRESS` that the nodes listen on, IPv4 or IPv6 (default 127.0.0.1)")
	f.String("port", "3000", "`PORT` of the first node; the others follow (default 3000)")
	f.BoolP("help", "h", false, "show this help")
	f.BoolP("version", "V", false, "show the version")
	// pflag would show the defaults of numbers in quotes.
	f.VisitAll(func(f *pflag.Flag) { f.DefValue = "" })
	return f
}

// parseOptions reads the command line. Its errors are fit to be shown after
// "Error: ".
func parseOptions(args []string) (options, error) {
	f := flagSet()
	if err := f.Parse(args); err != nil {
		return options{}, usageError{err}
	}
	var o options
	o.help, _ = f.GetBool("help")
	o.version, _ = f.GetBool("version")
	if o.help || o.version {
		return o, nil
	}
	if f.NArg() > 1 {
		return options{}, usageError{fmt.Errorf("one program is enough, got %q", f.Args())}
	}
	o.program = f.Arg(0)
	o.interpreter, _ = f.GetString("interpreter")
	if f.NArg() == 1 && o.program == "" {
		return options{}, errors.New("program  does not exist. Check path")
	}
	if o.interpreter != "" && o.program == "" {
		return options{}, usageError{errors.New("an interpreter needs a program")}
	}
	value := func(name string) string { s, _ := f.GetString(name); return s }
	return o, o.parseValues(value("size"), value("port"), value("interface"))
}

func (o *options) parseValues(size, port, host string) (err error) {
	if o.size, err = integer(size, 1, maxSize, "number of processes to start"); err != nil {
		return err
	}
	if o.port, err = integer(port, 1, 65535, "port"); err != nil {
		return err
	}
	if last := o.port + o.size - 1; last > 65535 {
		return fmt.Errorf("%d processes from port %d on need ports up to %d; 65535 is the last", o.size, o.port, last)
	}
	o.host, err = netip.ParseAddr(host)
	switch {
	case err != nil || o.host.Zone() != "":
		return fmt.Errorf("interface %q is not an IP address", host)
	case o.host.IsUnspecified():
		return fmt.Errorf("interface %s stands for all addresses; nodes need one to call each other by", host)
	}
	return nil
}

func integer(s string, from, to int, what string) (int, error) {
	n, err := strconv.Atoi(s)
	if errors.Is(err, strconv.ErrSyntax) {
		return 0, fmt.Errorf("%s is not an integer", what)
	}
	if err != nil || n < from || n > to {
		return 0, fmt.Errorf("%s must be from %d to %d", what, from, to)
	}
	return n, nil
}

func usage() string {
	return `Start a local Ringpop cluster and torment it.

Usage:
  tick-cluster [options] [PROGRAM]

Starts nodes as PROGRAM --listen=ADDRESS:PORT --hosts=./hosts.json on PORT, PORT+1
and so on, and writes hosts.json into the current directory. PROGRAM is a path, or
a name that is looked up; without it, nodes of a built-in program are started. What
the nodes print is shown with their port in front. No node is left behind in the
end, whether it comes by q, Ctrl-C, a signal or a crash.

Options:
` + flagSet().FlagUsages() + `
Keys, in a terminal:
  ` + strings.Join(command.KeyHelp(), "\n  ") + `

Examples:
  tick-cluster -n 4
  tick-cluster -n 10 --port 4000 ./testpop
  tick-cluster -i node ./main.js
`
}

func version() string { return "tick-cluster " + node.Version + "\n" }
