package main

import (
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/guard/watch"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/tlsflags"
	"github.com/ringmend/ringmend/internal/version"
	"github.com/ringmend/ringmend/node/wire"
)

// program is the options, and the outside.
type program struct {
	mode    string
	every   time.Duration
	timeout time.Duration
	service string
	app     string
	log     string
	quiet   bool
	tls     tlsflags.Flags

	http      string
	store     string
	retention time.Duration
	command   string
	webhooks  []string

	stdin          io.Reader
	stdout, stderr io.Writer
	understood     bool // the command line, as far as cobra knows it
}

const long = `Ringmend-guard watches a Ringpop ring from outside: it asks all nodes what they
believe, says when the ring splits and why, and, when told to, makes its sides one
again as soon as the network is back. It is never a member: it owns no key, and no
node has to reach it.

DISCOVERY_URI tells where to find the ring. Every member that any node lists is asked,
so one node is enough, but name some on each side of where the network may break:

  10.0.0.7:3000               a node
  ringpop.example.org:3000    the nodes at all addresses of a name, looked up each time
  file:///etc/hosts.json      a JSON array of nodes, read each time

--mode says how much it may do:

  observe   looks, and says what it would do (the default)
  ask       merges sides after a yes, on the terminal or on the page
  heal      merges sides by itself

Exit code: 0 after a signal; 1 if something went wrong; 2 for a command line that is
not understood.`

func newRoot(p *program) *cobra.Command {
	root := &cobra.Command{
		Use:           "ringmend-guard [flags] DISCOVERY_URI...",
		Short:         "Watch a Ringpop ring from outside, and heal it",
		Long:          long,
		Example:       "  ringmend-guard 10.0.0.7:3000\n  ringmend-guard --mode heal --http :7950 --store guard.db ringpop.example.org:3000",
		Args:          cobra.ArbitraryArgs,
		Version:       version.Current(),
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			p.understood = true
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			where, err := admin.ParseDiscoveries(args)
			if err != nil {
				return cli.Usage(err)
			}
			return p.guard(cmd.Context(), where)
		},
	}
	cli.AddVersion(root.Flags())
	flags := root.Flags()
	flags.StringVar(&p.mode, "mode", string(watch.Observe), "how much it may do: "+strings.Join(watch.Modes, ", "))
	flags.DurationVar(&p.every, "every", time.Second, "the time between two looks; longer for more than 100 members")
	flags.DurationVar(&p.timeout, "timeout", time.Second, "how long a node may take to answer")
	flags.StringVar(&p.service, "service", wire.Service, "the TChannel service under which the nodes talk")
	flags.StringVar(&p.app, "app", "", "the name of the ring's app (default: learnt from the nodes)")
	flags.StringVar(&p.log, "log", "auto", "the log on stderr: text, json, debug (text, with each question that was answered with no), none, or auto, which is text, and of warnings only unless --quiet")
	flags.BoolVar(&p.quiet, "quiet", false, "print nothing on stdout")
	flags.StringVar(&p.http, "http", "", "serve the page, the JSON API and /metrics at this `address`, for example 127.0.0.1:7950")
	flags.StringVar(&p.store, "store", "", "keep what happens in this `file`, for ringmend-guard history")
	flags.DurationVar(&p.retention, "retention", 90*24*time.Hour, "how long what happened is kept")
	flags.StringVar(&p.command, "on-split", "", "a `command` of the shell to run when a split begins and when it ends; see RINGMEND_EVENT")
	flags.StringArrayVar(&p.webhooks, "webhook", nil, "a `URL` to post to when a split begins and when it ends; may be given again")
	p.tls.Add(flags)
	cli.CompleteValues(root, map[string][]string{"mode": watch.Modes, "log": logs, "tls-mode": tlsflags.Modes()})
	root.AddCommand(newHistory(p))
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	cli.AddCompletion(root)
	return root
}

var logs = []string{"auto", "text", "json", "debug", "none"}

func isUsage(err error) bool {
	return errors.Is(err, cli.ErrUsage) || errors.Is(err, watch.ErrConfig)
}

// logger returns the log that --log asks for.
func (p *program) logger() (*slog.Logger, error) {
	if !slices.Contains(logs, p.log) {
		return nil, usagef("--log %q, it must be auto, text, json, debug or none", p.log)
	}
	switch p.log {
	case "json":
		return slog.New(slog.NewJSONHandler(p.stderr, nil)), nil
	case "none":
		return slog.New(slog.DiscardHandler), nil
	}
	options := new(slog.HandlerOptions)
	switch {
	case p.log == "debug":
		options.Level = slog.LevelDebug
	case p.log == "auto" && !p.quiet:
		options.Level = slog.LevelWarn // the rest is printed
	}
	return slog.New(slog.NewTextHandler(p.stderr, options)), nil
}
