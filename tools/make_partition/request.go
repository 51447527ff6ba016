package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/tools/make_partition/firewall"
	"github.com/ringmend/ringmend/tools/make_partition/format"
	"github.com/ringmend/ringmend/tools/make_partition/routes"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// routeFormat is a format that is no firewall's.
const routeFormat = "route"

var (
	ways     = map[string]rules.By{"auto": rules.Auto, "address": rules.Address, "port": rules.Port, "user": rules.User}
	policies = map[string]rules.New{"": rules.RefuseNew, "refuse": rules.RefuseNew, "allow": rules.AllowNew, "ask": rules.AskNew}
)

// run does what the command line asks for.
func (p *program) run(ctx context.Context) error {
	if err := p.check(); err != nil {
		return err
	}
	switch {
	case p.status:
		return p.showStatus(ctx)
	case p.heal && p.apply:
		return p.mend(ctx)
	case p.heal && p.format != routeFormat:
		return p.writeHeal()
	default:
		return p.cut(ctx)
	}
}

// check refuses what does not go together before anything is read or written.
func (p *program) check() error {
	if _, err := routes.ParseVia(p.via); err != nil {
		return usagef("%v", err)
	}
	_, knownWay := ways[p.by]
	_, knownPolicy := policies[p.newPolicy]
	cuts := len(p.parts) > 0 || p.isolate != "" || p.bridge != "" || len(p.pairs) > 0
	route := p.format == routeFormat
	for _, wrong := range []struct {
		is   bool
		text string
	}{
		{!knownWay, fmt.Sprintf("--by is auto, address, port or user, not %q", p.by)},
		{!knownPolicy, fmt.Sprintf("--new is refuse, allow or ask, not %q", p.newPolicy)},
		{p.newPolicy == "ask" && !p.apply, "--new ask goes with --apply: a program must be there to be asked"},
		{p.platform != "linux" && p.platform != "darwin", fmt.Sprintf("--platform is linux or darwin, not %q", p.platform)},
		{!slices.Contains([]string{"", firewall.Legacy, firewall.NFTables}, p.backend), fmt.Sprintf("--backend is legacy or nft, not %q", p.backend)},
		{p.apply && p.platform != runtime.GOOS, "--apply is for this machine: it goes without --platform"},
		{p.scan && p.static, "--scan and --static exclude each other"},
		{p.hosts != "" && !p.static, "--hosts goes with --static"},
		{p.status && (p.heal || p.apply), "--status goes alone"},
		{(p.status || p.heal && !route) && cuts, "--status and --heal are about every cut: they take no parts"},
		{p.during < 0, "--for is a time to come"},
		{p.during > 0 && (!p.apply || p.heal), "--for goes with --apply, and not with --heal"},
		{p.compat && (p.apply || p.heal), "--compat only writes: its rules replace all others, and there is no way back"},
		{p.compat && (p.format != "" || p.by != "auto" || p.newPolicy != ""), "--compat goes without --format, --by and --new"},
		{p.compat && p.static, "--compat needs a list of sockets, not --static"},
		{route && p.apply, "routes are those of other hosts: run the script there instead of --apply"},
	} {
		if wrong.is {
			return usagef("%s", wrong.text)
		}
	}
	if p.format != "" && !route && !slices.Contains(format.Names, p.format) {
		return fmt.Errorf("%w %q: one of %s or %s is expected", format.ErrUnknown, p.format, strings.Join(format.Names, ", "), routeFormat)
	}
	return nil
}

// printed returns the format to write when nothing is loaded right now.
func (p *program) printed() string {
	switch {
	case p.format != "":
		return p.format
	case p.platform == "darwin":
		return format.PF
	default:
		return format.Restore
	}
}

func (p *program) hook() rules.Hook {
	if ways[p.by] == rules.User {
		return rules.Output
	}
	return rules.Input
}

func (p *program) writeHeal() error {
	text, err := format.Heal(p.printed(), p.hook())
	if err != nil {
		return err
	}
	return p.write(text)
}

func (p *program) write(text string) error {
	if _, err := io.WriteString(p.stdout, text); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

func (p *program) say(format string, args ...any) {
	fmt.Fprintf(p.stderr, format+"\n", args...)
}
