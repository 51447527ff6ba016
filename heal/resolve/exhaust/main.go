package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/heal/resolve/akka"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/output"
)

const help = `Usage: exhaust [--members N]

Counts how often nodes on two sides of a split both decide to serve, in all
situations that a cluster of N members can be in: each member has been up for
long, is new, leaves, or left before; each node has heard of that or not; two
sides of any size, the rest crashed or elsewhere. Exit code 1 if the guard keeps
two sides where it claims not to.

`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errs io.Writer) int {
	flags := pflag.NewFlagSet("exhaust", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	members := flags.IntP("members", "n", 5, "members of the cluster, 2 to 6")
	cli.AddVersion(flags)
	if done, err := (cli.Program{Name: "exhaust", Flags: flags}).Early(args, out, errs); done && err == nil {
		return 0
	}
	err := flags.Parse(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprint(out, help+flags.FlagUsages())
		return 0
	case err == nil && flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case err == nil && (*members < 2 || *members > 6):
		err = fmt.Errorf("members must be from 2 to 6, not %d", *members)
	}
	if err != nil {
		fmt.Fprintf(errs, "Error: %v\nSee exhaust --help.\n", err)
		return 2
	}
	w := output.New(out)
	code := report(*members, w)
	if err := w.Check(nil); err != nil {
		fmt.Fprintf(errs, "Error: %v\n", err)
		return 1
	}
	return code
}

// row is one line of the report.
type row struct {
	rules   string
	model   *model
	decider decider
	claimed bool // that two sides are never kept
}

// strategies are those that keep a side by what a node knows, for a cluster of n.
func strategies(n int) []resolve.Rules {
	return []resolve.Rules{
		{Strategy: resolve.StaticQuorum, QuorumSize: n/2 + 1},
		{Strategy: resolve.StaticQuorum, QuorumSize: max(1, n/2-1)},
		{Strategy: resolve.KeepMajority},
		{Strategy: resolve.KeepOldest, DownIfAlone: true},
		{Strategy: resolve.KeepOldest},
		{Strategy: resolve.KeepReferee, Referee: address(1), Minimum: 1},
		{Strategy: resolve.DownAll},
	}
}

func label(r *resolve.Rules) string {
	switch {
	case r.Strategy == resolve.StaticQuorum:
		return fmt.Sprintf("%v of %d", r.Strategy, r.QuorumSize)
	case r.DownIfAlone:
		return r.Strategy.String() + ", down if alone"
	}
	return r.Strategy.String()
}

func rows(n int) (list []row) {
	for _, r := range strategies(n) {
		list = append(list, row{"guard: " + label(&r), &timed, &guard{r}, true})
	}
	for _, r := range strategies(n) {
		list = append(list, row{"Akka, no leader: " + label(&r), &timed, &published{akka.Rules{Rules: r}}, false})
	}
	for _, r := range strategies(n) {
		enough := r.Strategy == resolve.StaticQuorum && n <= 2*r.QuorumSize-1
		if enough || r.Strategy == resolve.KeepMajority {
			list = append(list, row{"guard: " + label(&r), &untimed, &guard{r}, enough})
		}
	}
	for _, r := range strategies(n) {
		list = append(list, row{"Akka, no leader: " + label(&r), &untimed, &published{akka.Rules{Rules: r}}, false})
	}
	return list
}

func report(n int, out io.Writer) (code int) {
	fmt.Fprintf(out, "%d members; pairs of nodes on two sides, by what they may believe\n", n)
	var shown *model
	for _, r := range rows(n) {
		if r.model != shown {
			shown = r.model
			fmt.Fprintf(out, "\n%-52s %12s %12s\n", shown.name, "pairs", "both serve")
		}
		c := count(n, r.model, r.decider)
		fmt.Fprintf(out, "%-52s %12d %12d\n", r.rules, c.pairs, c.double)
		if c.double > 0 {
			fmt.Fprintf(out, "    such as  %s\n        and  %s\n", &c.first, &c.second)
		}
		if r.claimed && c.double > 0 {
			code = 1
		}
	}
	return code
}

// String shows a situation: the side of the node, and what it believes of the others.
func (s *situation) String() string {
	names := []string{"", "?", "", " leaving", ""}
	var here, there []string
	for i, v := range s.views {
		if v == unknown || v == gone {
			continue
		}
		text := string('a'+rune(i)) + names[v]
		if s.here(i) {
			here = append(here, text)
		} else {
			there = append(there, text)
		}
	}
	return fmt.Sprintf("{%s} without {%s}", strings.Join(here, ", "), strings.Join(there, ", "))
}
