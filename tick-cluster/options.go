package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/internal/cli"
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

	loopback  bool // an address for each node, of the family of host
	netns     bool
	record    string // empty: no record
	quiet     bool   // do not show what the nodes print
	keepGoing bool

	seed   uint64 // of random choices
	seeded bool   // by the command line

	report  string // the record to show; empty: start a cluster
	verbose bool   // show what the nodes print, or have printed

	help, version bool
}

// quietFrom is the number of nodes from which on their output is not shown unless
// it is asked for: nothing can read it.
const quietFrom = 11

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
	f.String("loopback", "", "give each node an address of its own, 127.0.0.11:PORT, 127.0.0.12:PORT and so on, or with `ipv6` fd00::11, which it also dials from (--bind-dial): cuts are exact")
	f.Lookup("loopback").NoOptDefVal = loopback4
	f.Bool("netns", false, "run in a network namespace of its own: cutting needs no root and leaves the firewall of the machine alone")
	f.String("record", "", "write all that happens into `FILE`, as JSON lines")
	f.BoolP("quiet", "q", false, "do not show what the nodes print, but for the end of those that die (default from "+strconv.Itoa(quietFrom)+" nodes on)")
	f.BoolP("verbose", "v", false, "show what the nodes print, however many they are")
	f.Bool("keep-going", false, "go on after a command on the standard input that fails; the exit code is 1 all the same")
	f.String("seed", "", "make the random choices that `NUMBER` stands for (default another one each time, which is shown)")
	f.BoolP("help", "h", false, "show this help")
	cli.AddVersion(f)
	// pflag would show the defaults of numbers in quotes.
	f.VisitAll(func(f *pflag.Flag) { f.DefValue = "" })
	return f
}

// completion is tick-cluster as the shell completes it.
func completion() cli.Program {
	return cli.Program{
		Name: "tick-cluster", Flags: flagSet(), Args: []string{},
		Values: map[string][]string{"loopback": {loopback4, loopback6}},
	}
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
	if f.Arg(0) == reportWord {
		return parseReport(f)
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
	if err := o.parseValues(value("size"), value("port"), value("interface")); err != nil {
		return options{}, err
	}
	o.netns, _ = f.GetBool("netns")
	o.keepGoing, _ = f.GetBool("keep-going")
	o.record = value("record")
	if o.seeded = f.Changed("seed"); o.seeded {
		seed, err := strconv.ParseUint(value("seed"), 10, 64)
		if err != nil {
			return options{}, fmt.Errorf("seed %q is not a number from 0 to %d", value("seed"), uint64(math.MaxUint64))
		}
		o.seed = seed
	}
	o.quiet = o.size >= quietFrom
	quiet, _ := f.GetBool("quiet")
	verbose, _ := f.GetBool("verbose")
	switch {
	case quiet && verbose:
		return options{}, usageError{errors.New("--quiet and --verbose exclude each other")}
	case quiet || verbose:
		o.quiet = quiet
	}
	if f.Changed("record") && o.record == "" {
		return options{}, usageError{errors.New("--record needs the name of a file")}
	}
	if f.Changed("loopback") {
		if f.Changed("interface") {
			return options{}, usageError{errors.New("--loopback and --interface exclude each other: both say where the nodes listen")}
		}
		return o, o.parseLoopback(value("loopback"))
	}
	return o, o.checkPorts()
}

// reportWord is the command that shows a record. A program of that name is started as
// ./report.
const reportWord = "report"

func parseReport(f *pflag.FlagSet) (o options, err error) {
	f.Visit(func(flag *pflag.Flag) {
		if flag.Name != "verbose" {
			err = usageError{fmt.Errorf("report goes without --%s", flag.Name)}
		}
	})
	if f.NArg() != 2 || f.Arg(1) == "" {
		err = usageError{errors.New("report needs one record, a file that --record wrote")}
	}
	if err != nil {
		return options{}, err
	}
	verbose, _ := f.GetBool("verbose")
	return options{report: f.Arg(1), verbose: verbose}, nil
}

// Values of --loopback, and the addresses before the one of the first node. They
// are counted up: in decimal figures also for IPv6, for people.
const (
	loopback4 = "ipv4"
	loopback6 = "ipv6"
	// firstLoopback is the number of the first node with an address of its own.
	firstLoopback = 11
)

func (o *options) parseLoopback(family string) error {
	o.loopback = true
	switch family {
	case loopback4:
		o.host = netip.AddrFrom4([4]byte{127})
	case loopback6:
		o.host = netip.MustParseAddr("fd00::")
	default:
		return usageError{fmt.Errorf("--loopback is %s or %s, not %q", loopback4, loopback6, family)}
	}
	return nil
}

// checkPorts makes sure that there are enough for nodes of one address.
func (o *options) checkPorts() error {
	if last := o.port + o.size - 1; last > 65535 {
		return fmt.Errorf("%d processes from port %d on need ports up to %d; 65535 is the last", o.size, o.port, last)
	}
	return nil
}

func (o *options) parseValues(size, port, host string) (err error) {
	if o.size, err = integer(size, 1, maxSize, "number of processes to start"); err != nil {
		return err
	}
	if o.port, err = integer(port, 1, 65535, "port"); err != nil {
		return err
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
