package app

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/ringmend/ringmend/internal/tlsflags"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/wire"
)

type options struct {
	listen, app, identity       string
	advertise, snapshot         string
	provider                    discovery.Provider
	suspect, faulty, tombstone  millis
	flavour                     wire.Flavour
	statsFile, statsUDP         string
	version, logTime, profiling bool
	logLevel                    slog.Level
	logFormat, http             string
	requireApp, bindDial        bool
	ringpopRules                bool
	detection                   node.Detection
	adminFrom, acceptFrom       []netip.Prefix
	tls                         tlsflags.Flags
	tlsMode                     node.TLSMode
	settings                    []setting // that are no defaults
	anyClient                   bool
	labels                      labels
	resolver                    resolver
}

const usage = `testpop runs a bare Ringpop node.

Usage: testpop --listen=HOST:PORT --hosts=SOURCE [options]

The node joins the hosts of SOURCE: a file with a JSON array of "host:port" strings
with IP addresses or names, DNS, or a program. It runs until SIGTERM or SIGINT. Then
it tells the others that it is going, and exits with code 0. Options may be written
with one dash or two, in the environment (TESTPOP_SUSPECT_PERIOD for
-suspect-period), or in the file of -config.

`

// defaults returns the options when nothing is said.
func defaults() *options {
	return &options{
		faulty:    millis(24 * time.Hour),
		tombstone: millis(time.Minute),
		logFormat: formatText,
		adminFrom: node.ThisMachine(),
		provider:  discovery.JSONFile("./hosts.json"),
	}
}

// parse reads the command line, the environment and a file.
func parse(args []string, stdout io.Writer) (*options, error) {
	o := defaults()
	fs := o.flags()
	flags := record(fs)
	switch err := fs.Parse(args); {
	case err == flag.ErrHelp:
		fmt.Fprint(stdout, usage)
		help := defaults().flags()
		help.SetOutput(stdout)
		help.PrintDefaults()
		return nil, err
	case err != nil:
		return nil, err
	case fs.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	var err error
	if o.settings, err = settle(fs, flags, os.Getenv); err != nil {
		return nil, err
	}
	return o, o.check()
}

// check refuses options that do not fit together.
func (o *options) check() error {
	var tlsErr error
	o.tlsMode, tlsErr = o.tls.Mode()
	switch {
	case o.identity != "" && !o.flavour.HasLabels():
		return fmt.Errorf("-identity and -checksum=%v exclude each other: ringpop-node passes changes on without the identity, so that members would place this node differently", o.flavour)
	case o.statsFile != "" && o.statsUDP != "":
		return errors.New("-stats-file and -stats-udp exclude each other")
	case tlsErr != nil:
		return tlsErr
	case o.profiling && o.http == "":
		return errors.New("-http-pprof needs -http")
	}
	return o.resolver.check()
}

// flags returns the options as flags. The standard package accepts one dash and two,
// as the scripts that start Ringpop's testpop need.
func (o *options) flags() *flag.FlagSet {
	fs := flag.NewFlagSet("testpop", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.StringVar(&o.listen, "listen", "127.0.0.1:3000", "`HOST:PORT` to listen on and to be known by")
	fs.String("config", "", "`FILE` with settings, lines name = value as the flags are called; flags and the environment come first")
	fs.StringVar(&o.advertise, "advertise", "", "`IP:PORT` to be known by, where it is another one than -listen: that is 0.0.0.0:3000, say, or behind a NAT; port 0 is that of -listen")
	fs.Func("hosts", "`FILE` with the hosts to join, or static://HOST:PORT,HOST:PORT, dns://NAME:PORT for all addresses of a name, srv://NAME for SRV records, exec://PROGRAM ARGS for what a program prints (default ./hosts.json)", o.setHosts)
	fs.StringVar(&o.snapshot, "snapshot", "", "keep the addresses of the members in `FILE`, to join them while -hosts cannot be read")
	fs.StringVar(&o.app, "app", "ringpop", "`NAME` of the application; nodes of others are refused")
	fs.StringVar(&o.identity, "identity", "", "`NAME` to be placed in the ring by, in place of the address; not with -checksum=node")
	fs.Func("label", "`KEY=VALUE` that the node says of itself, such as dc=east or role=worker; may be repeated, not with -checksum=node", o.labels.set)
	fs.Var(&o.suspect, "suspect-period", "`MS` until a suspect member becomes faulty, however many nodes accuse it (default: 5000 at most, and less the more of them do, see -detection)")
	fs.Func("detection", "`NAME` of how soon members are given up: adaptive, or ringpop for fixed times (default adaptive, or ringpop with -suspect-period or -rules=ringpop)", o.setDetection)
	fs.Var(&o.faulty, "faulty-period", "`MS` until a faulty member becomes a tombstone")
	fs.Var(&o.tombstone, "tombstone-period", "`MS` until a tombstone is forgotten")
	fs.Func("checksum", "`FLAVOUR` of the membership checksum, go or node; the same on all nodes of a cluster (default go)", func(s string) (err error) {
		o.flavour, err = wire.ParseFlavour(s)
		return err
	})
	fs.Func("rules", "`NAME` of the rules: ringmend, or ringpop for a node that does on the wire what the published nodes do, and nothing more (default ringmend)", o.setRules)
	fs.StringVar(&o.statsFile, "stats-file", "", "write statsd metrics to `FILE`, each line with its time, every second")
	fs.StringVar(&o.statsUDP, "stats-udp", "", "send statsd metrics to `HOST:PORT`; a name that cannot be resolved is tried again, and does not keep the node from starting")
	fs.BoolVar(&o.requireApp, "require-app", false, "refuse all requests and answers that name no application; all nodes must be ringmend's, 0.2 or later")
	fs.Func("admin-from", "`NETWORKS`, such as 10.0.0.0/8,::1/128, or anywhere, from which admin endpoints that change something may be called (default this machine)", networks(&o.adminFrom))
	fs.Func("accept-from", "`NETWORKS` from which connections are accepted at all (default anywhere)", networks(&o.acceptFrom))
	o.tls.Add(fs)
	fs.BoolVar(&o.anyClient, "tls-any-client", false, "let those call that have no certificate")
	fs.BoolVar(&o.bindDial, "bind-dial", false, "bind outgoing connections to the host of -listen, an IP address, too, so that firewall rules by address can tell this node from others on the machine")
	o.resolver.flags(fs)
	fs.Func("http", "answer HTTP at `HOST:PORT`: /metrics for Prometheus, /livez, /readyz, /statusz, /loglevel; anybody who reaches it may look (default off)", o.setHTTP)
	fs.BoolVar(&o.profiling, "http-pprof", false, "answer /debug/pprof/ there, too")
	fs.Func("log-level", "log from `LEVEL` on: debug, info, warn or error (default info); PUT /loglevel and /admin/debugSet change it", o.setLogLevel)
	fs.Func("log-format", "`FORMAT` of the log, text or json (default text)", o.setLogFormat)
	fs.BoolFunc("verbose", "the same as -log-level=debug", func(s string) error {
		on, err := strconv.ParseBool(s)
		if on {
			o.logLevel = slog.LevelDebug
		}
		return err
	})
	fs.BoolVar(&o.logTime, "log-time", true, "begin each line of the log with the time; -log-time=false when something else does")
	fs.BoolVar(&o.version, "version", false, "print the version, with commit and Go's version, and exit")
	fs.BoolVar(&o.version, "V", false, "print the number of the version and exit")
	return fs
}

// dialFrom returns what outgoing connections are bound to.
func (o *options) dialFrom() (netip.Addr, error) {
	if !o.bindDial {
		return netip.Addr{}, nil
	}
	listen, err := netip.ParseAddrPort(o.listen)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("-bind-dial needs an IP address to listen on, %q has none", o.listen)
	}
	return listen.Addr(), nil
}

func (o *options) setHosts(source string) (err error) {
	o.provider, err = discovery.Parse(source)
	return err
}

func (o *options) setHTTP(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return fmt.Errorf("it must be host:port: %w", err)
	}
	o.http = address
	return nil
}

func (o *options) setRules(name string) error {
	if name != "ringmend" && name != "ringpop" {
		return errors.New("it is ringmend or ringpop")
	}
	o.ringpopRules = name == "ringpop"
	return nil
}

func (o *options) setDetection(name string) error {
	o.detection = node.Detection(name)
	if o.detection != node.DetectionAdaptive && o.detection != node.DetectionRingpop {
		return fmt.Errorf("it is %s or %s", node.DetectionAdaptive, node.DetectionRingpop)
	}
	return nil
}

func (o *options) protocol() node.Protocol {
	return node.Protocol{
		Detection:       o.detection,
		SuspectPeriod:   time.Duration(o.suspect),
		FaultyPeriod:    time.Duration(o.faulty),
		TombstonePeriod: time.Duration(o.tombstone),
		RequireApp:      o.requireApp,
		Ringpop:         o.ringpopRules,
	}
}

// millis is a positive duration that is written as a number of milliseconds; zero and an
// empty text: it was not given.
type millis time.Duration

func (m *millis) String() string {
	if *m == 0 {
		return ""
	}
	return fmt.Sprint(time.Duration(*m).Milliseconds())
}

func (m *millis) Set(s string) error {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return errors.New("it must be a number of milliseconds")
	}
	if n <= 0 || n > math.MaxInt64/int64(time.Millisecond) {
		return errors.New("it must be positive, and less than 292 years")
	}
	*m = millis(time.Duration(n) * time.Millisecond)
	return nil
}
