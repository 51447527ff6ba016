package main

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOptions(t *testing.T) {
	local := netip.MustParseAddr("127.0.0.1")
	tests := []struct {
		args string
		want options
		err  string // empty: none
	}{
		{args: "", want: options{size: 5, port: 3000, host: local}},
		{args: "-n 4", want: options{size: 4, port: 3000, host: local}},
		{args: "-n4 --port 4000 --interface=127.0.0.2 ./testpop",
			want: options{size: 4, port: 4000, host: netip.MustParseAddr("127.0.0.2"), program: "./testpop"}},
		{args: "./main.js -i node -n 10", want: options{size: 10, port: 3000, host: local, interpreter: "node", program: "./main.js"}},
		{args: "--interface ::1", want: options{size: 5, port: 3000, host: netip.MustParseAddr("::1")}},
		{args: "--loopback", want: options{size: 5, port: 3000, host: netip.MustParseAddr("127.0.0.0"), loopback: true}},
		{args: "--loopback ./testpop", want: options{size: 5, port: 3000, host: netip.MustParseAddr("127.0.0.0"), loopback: true, program: "./testpop"}},
		{args: "--loopback=ipv6 -n 4 --port 65535", want: options{size: 4, port: 65535, host: netip.MustParseAddr("fd00::"), loopback: true}},
		{args: "--netns --record x.json --keep-going", want: options{size: 5, port: 3000, host: local, netns: true, record: "x.json", keepGoing: true}},
		{args: "--seed 0", want: options{size: 5, port: 3000, host: local, seeded: true}},
		{args: "--seed 18446744073709551615", want: options{size: 5, port: 3000, host: local, seed: 1<<64 - 1, seeded: true}},
		{args: "-n 10", want: options{size: 10, port: 3000, host: local}},
		{args: "-n 11", want: options{size: 11, port: 3000, host: local, quiet: true}},
		{args: "-n 11 -v", want: options{size: 11, port: 3000, host: local}},
		{args: "-n 1 --quiet", want: options{size: 1, port: 3000, host: local, quiet: true}},
		{args: "-n 1 --port 65535", want: options{size: 1, port: 65535, host: local}},
		{args: "report session.json", want: options{report: "session.json"}},
		{args: "report -v session.json", want: options{report: "session.json", verbose: true}},
		{args: "./report", want: options{size: 5, port: 3000, host: local, program: "./report"}},
		{args: "--help -n x", want: options{help: true}},
		{args: "-V", want: options{version: true}},

		{args: "-n four", err: "number of processes to start is not an integer"},
		{args: "-n 4x", err: "number of processes to start is not an integer"},
		{args: "-n 1.5", err: "number of processes to start is not an integer"},
		{args: "-n=", err: "number of processes to start is not an integer"},
		{args: "-n 0", err: "number of processes to start must be from 1 to 1000"},
		{args: "-n -1", err: "number of processes to start must be from 1 to 1000"},
		{args: "-n 1001", err: "number of processes to start must be from 1 to 1000"},
		{args: "-n 99999999999999999999", err: "number of processes to start must be from 1 to 1000"},
		{args: "--seed x", err: `seed "x" is not a number from 0 to 18446744073709551615`},
		{args: "--seed -1", err: `seed "-1" is not a number from 0 to 18446744073709551615`},
		{args: "--seed=", err: `seed "" is not a number from 0 to 18446744073709551615`},
		{args: "--port http", err: "port is not an integer"},
		{args: "--port 0", err: "port must be from 1 to 65535"},
		{args: "--port 65536", err: "port must be from 1 to 65535"},
		{args: "--port 65533 -n 4", err: "4 processes from port 65533 on need ports up to 65536; 65535 is the last"},
		{args: "--interface localhost", err: `interface "localhost" is not an IP address`},
		{args: "--interface fe80::1%eth0", err: `interface "fe80::1%eth0" is not an IP address`},
		{args: "--interface 0.0.0.0", err: "interface 0.0.0.0 stands for all addresses; nodes need one to call each other by"},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			got, err := parseOptions(strings.Fields(test.args))
			if test.err != "" {
				if err == nil || err.Error() != test.err || errors.Is(err, errUsage) {
					t.Fatalf("error %v, want %q and no hint at the usage", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(options{}), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUsageErrors(t *testing.T) {
	for _, args := range []string{"--frobnicate", "-x", "a b", "-n", "--port", "-i node",
		"--quiet --verbose", "--loopback --interface ::1", "--loopback=ipv5", "--record=",
		"report", "report a b", "report a --quiet", "-n 4 report a"} {
		if _, err := parseOptions(strings.Fields(args)); !errors.Is(err, errUsage) {
			t.Errorf("%q: %v is no usage error", args, err)
		}
	}
}

func TestTheUsageNamesAllOptions(t *testing.T) {
	for _, want := range []string{"-n, --size SIZE", "-i, --interpreter INTERPRETER", "--interface ADDRESS", "--port PORT", "--version", "k N|NODES Enter", "--seed NUMBER",
		"--loopback[=ipv6] ", "--netns", "--record FILE", "--quiet", "--verbose", "--keep-going", "c [PARTS] Enter", "wait partitions N [TIME]"} {
		if !strings.Contains(usage(), want) {
			t.Errorf("no %q in:\n%s", want, usage())
		}
	}
}
