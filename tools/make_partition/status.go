package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/tools/make_partition/firewall"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

const (
	// maxPairs is how many single links are shown, and maxRule how many characters of
	// a rule: one may list ten thousand connections.
	maxPairs = 20
	maxRule  = 300
)

func (p *program) showStatus(ctx context.Context) error {
	cuts, err := firewall.New(firewall.Options{}).Status(ctx)
	if err != nil {
		return err
	}
	return p.write(statusText(cuts, p.now()))
}

// statusText begins with what is needed first: who is cut from whom, since
// when, and how to mend it. The rules follow.
func statusText(cuts []firewall.Cut, now time.Time) string {
	if len(cuts) == 0 {
		return "no cuts\n"
	}
	var b strings.Builder
	var told []string
	for _, c := range cuts {
		// A cut may be in several firewalls, and says the same in each.
		text := strings.Join(c.About.Comments(), "\n")
		if slices.Contains(told, text) {
			continue
		}
		told = append(told, text)
		b.WriteString(aboutText(c, now))
	}
	b.WriteString("to mend it: make_partition --heal --apply\n\n")
	for _, c := range cuts {
		fmt.Fprintf(&b, "%s: %d rules\n", c.Where, len(c.Rules))
		for _, rule := range c.Rules {
			if len(rule) > maxRule {
				rule = rule[:maxRule/2] + " ... " + rule[len(rule)-maxRule/2:]
			}
			b.WriteString("    " + rule + "\n")
		}
	}
	return b.String()
}

func aboutText(c firewall.Cut, now time.Time) string {
	about := c.About
	var b strings.Builder
	switch {
	case len(about.Sides) == 2:
		fmt.Fprintf(&b, "%s\n    is cut from\n%s\n", about.Sides[0], about.Sides[1])
	case len(about.Sides) > 2:
		fmt.Fprintf(&b, "%s\n    are cut from each other\n", strings.Join(about.Sides, "\n"))
	case len(about.Pairs) > 0:
		for i, pair := range about.Pairs {
			if i == maxPairs {
				fmt.Fprintf(&b, "and %d more pairs\n", len(about.Pairs)-maxPairs)
				break
			}
			b.WriteString(strings.Replace(pair, " | ", " is cut from ", 1) + "\n")
		}
	default:
		fmt.Fprintf(&b, "%s does not say who is cut from whom: see the rules\n", c.Where)
	}
	b.WriteString(sinceText(about, now))
	return b.String()
}

func sinceText(about rules.About, now time.Time) string {
	if about.Since.IsZero() {
		return "since: not known\n"
	}
	lasts := max(0, now.Sub(about.Since)).Truncate(time.Second)
	return fmt.Sprintf("since %s, %v ago\n", about.Since.UTC().Format("2006-01-02 15:04:05 UTC"), lasts)
}
