package firewall

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/tools/make_partition/format"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// Cut is what one run left in one firewall.
type Cut struct {
	// Where names the firewall: "nft table inet ringmend".
	Where string
	// Rules are the rules in the firewall's own words.
	Rules []string
	// About is what the cut says of itself; without a time and parts if it does not.
	About rules.About

	// heal is the text that takes the cut away, program what reads it.
	heal    string
	program []string
}

// Heal returns the text that takes the cut away.
func (c *Cut) Heal() string { return c.heal }

// Status returns all cuts of this machine, of every firewall that it has.
func (f *Firewall) Status(ctx context.Context) ([]Cut, error) {
	if runtime.GOOS == "darwin" {
		return pfStatus(ctx)
	}
	cuts, err := nftStatus(ctx)
	if err != nil {
		return nil, err
	}
	for _, backend := range backends() {
		for _, v6 := range []bool{false, true} {
			more, err := iptablesStatus(ctx, backend, v6)
			if err != nil {
				return nil, err
			}
			cuts = append(cuts, more...)
		}
	}
	return cuts, nil
}

// backends returns the back ends of iptables that this machine has, "" when its
// programs do not name theirs.
func backends() []string {
	var list []string
	for _, backend := range []string{Legacy, NFTables} {
		if found(iptablesProgram(backend, false, "save")) {
			list = append(list, backend)
		}
	}
	if len(list) == 0 && found("iptables-save") {
		return []string{""}
	}
	return list
}

func nftStatus(ctx context.Context) ([]Cut, error) {
	if !found("nft") {
		return nil, nil
	}
	tables, err := run(ctx, "", "nft", "list", "tables", "inet")
	if err != nil {
		return nil, fmt.Errorf("looking for cuts: %w", err)
	}
	if !slices.Contains(strings.Split(tables, "\n"), "table inet "+format.Table) {
		return nil, nil
	}
	text, err := run(ctx, "", "nft", "list", "table", "inet", format.Table)
	if err != nil {
		return nil, fmt.Errorf("reading a cut: %w", err)
	}
	heal, err := format.Heal(format.NFT, 0)
	cut := Cut{Where: "nft table inet " + format.Table, heal: heal, program: []string{"nft", "-f", "-"}}
	own, about := nftRules(text)
	cut.Rules, cut.About = own, rules.ReadAbout(about)
	return []Cut{cut}, err
}

// nftRules reads a table as nft lists it: its rules, and what the cut says of itself.
// A rule with a large set is on several lines, of which the last one has the comment.
func nftRules(text string) (own, about []string) {
	inAbout, begun := false, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		chain, isChain := strings.CutPrefix(line, "chain ")
		switch before, comment, isRule := strings.Cut(line, ` comment "`); {
		case isChain:
			inAbout, begun = strings.HasPrefix(chain, format.NFTAboutChain+" "), ""
		case isRule && inAbout:
			about = append(about, strings.TrimSuffix(comment, `"`))
		case isRule:
			own = append(own, begun+line)
			begun = ""
		case begun != "" || strings.Contains(before, "{ ") && !strings.HasSuffix(line, "{"):
			begun += line + " "
		}
	}
	return own, about
}

func iptablesStatus(ctx context.Context, backend string, v6 bool) ([]Cut, error) {
	save := iptablesProgram(backend, v6, "save")
	if !found(save) {
		return nil, nil
	}
	// Asking for one table would make the kernel load it; this reads what is there.
	text, err := run(ctx, "", save)
	if errors.Is(err, ErrPermission) && backend != NFTables {
		// In a user namespace the list of loaded tables cannot be read. The table
		// itself can.
		text, err = list(ctx, backend, v6)
	}
	if err != nil {
		return nil, fmt.Errorf("looking for cuts: %w", err)
	}
	heal, own, about := unload(text)
	if heal == "" {
		return nil, nil
	}
	return []Cut{{
		About:   rules.ReadAbout(about),
		Where:   strings.TrimSuffix(save, "-save") + " chain " + format.Chain,
		Rules:   own,
		heal:    heal,
		program: []string{iptablesProgram(backend, v6, "restore"), "--noflush"},
	}}, nil
}

// list returns the table "filter" as iptables-save would print it, but for how it
// names chains.
func list(ctx context.Context, backend string, v6 bool) (string, error) {
	text, err := run(ctx, "", strings.TrimSuffix(iptablesProgram(backend, v6, ""), "-"), "-S")
	return "*filter\n" + text, err
}

// unload reads what iptables-save printed. It returns the text that takes our
// chains away with every jump to them, "" if there are none, their rules, and what
// the cut says of itself.
func unload(saved string) (heal string, own, about []string) {
	var jumps, flushes, removals strings.Builder
	filter := false
	for line := range strings.Lines(saved) {
		line = strings.TrimSpace(line)
		if table, ok := strings.CutPrefix(line, "*"); ok {
			filter = table == "filter"
		}
		rule, isRule := strings.CutPrefix(line, "-A ")
		chain, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(rule, ":"), "-N "), " ")
		switch {
		case !filter:
		case isRule && chain == format.AboutChain:
			if _, comment, found := strings.Cut(line, `--comment "`); found {
				about = append(about, strings.TrimSuffix(comment, `"`))
			}
		case isRule && format.IsChain(chain):
			own = append(own, line)
		case isRule && strings.HasSuffix(rule, " -j "+format.Chain):
			jumps.WriteString("-D " + rule + "\n")
		case !isRule && format.IsChain(chain):
			fmt.Fprintf(&flushes, "-F %s\n", chain)
			fmt.Fprintf(&removals, "-X %s\n", chain)
		}
	}
	if removals.Len() == 0 {
		return "", nil, nil
	}
	return fmt.Sprintf("*filter\n%s%s%sCOMMIT\n", &jumps, &flushes, &removals), own, about
}

func pfStatus(ctx context.Context) ([]Cut, error) {
	text, err := run(ctx, "", "pfctl", "-q", "-a", format.Anchor, "-s", "rules")
	if err != nil {
		return nil, fmt.Errorf("looking for cuts: %w", err)
	}
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	heal, err := format.Heal(format.PF, 0)
	return []Cut{{
		Where:   "pf anchor " + format.Anchor,
		Rules:   strings.Split(strings.TrimSpace(text), "\n"),
		heal:    heal,
		program: []string{"pfctl", "-q", "-a", format.Anchor, "-f", "-"},
	}}, err
}
