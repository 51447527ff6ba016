package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

const (
	// healTimeout allows for a node that tries ten hosts and waits up to a second
	// for each.
	healTimeout = 30 * time.Second
	// healPause lets what one heal began spread, before the next one.
	healPause = time.Second
)

var errStillPartitioned = errors.New("unable to heal partitions after multiple retries")

func newHeal(p *program) *cobra.Command {
	var tries int
	cmd := &cobra.Command{
		Use:   "heal [options] DISCOVERY_URI...",
		Short: "Merge the partitions of a cluster",
		Long: "Heal makes a node look for nodes that its partition does not reach, and merge with\n" +
			"them: the first node that can be reached, again and again until it finds none. If\n" +
			"the cluster is still split then, a node of each other side is told to heal as well.\n" +
			"The nodes find each other through their own list of hosts. A heal may take 30 s,\n" +
			"unless --timeout says otherwise.\n" + discoveryHelp,
		Example: "  ringpop-admin heal 127.0.0.1:3000",
		RunE: func(cmd *cobra.Command, args []string) error {
			where, err := parseDiscoveries(args)
			if err != nil {
				return err
			}
			if tries < 1 {
				return usagef("--tries must be at least 1")
			}
			timeout := healTimeout
			if cmd.Flags().Changed("timeout") {
				timeout = p.timeout
			}
			return p.heal(cmd.Context(), where, tries, timeout)
		},
	}
	cmd.Flags().IntVar(&tries, "tries", 10, "how many times to try")
	return cmd
}

// healing is one execution of heal.
type healing struct {
	*program
	where   admin.Discoveries
	client  *admin.Client // with more patience than that for looks
	outcome render.HealJSON
}

func (p *program) heal(ctx context.Context, where admin.Discoveries, tries int, timeout time.Duration) error {
	client, err := p.clientWith(timeout)
	if err != nil {
		return err
	}
	h := &healing{program: p, where: where, client: client, outcome: render.HealJSON{Tries: []render.HealTryJSON{}}}
	err = h.run(ctx, tries)
	if p.json {
		err = errors.Join(err, p.write(nil, func() any { return h.outcome }))
	}
	return err
}

func (h *healing) run(ctx context.Context, tries int) error {
	var rest error
	for try := range tries {
		if try > 0 {
			if err := pause(ctx, healPause); err != nil {
				return err
			}
		}
		first, targets, err := h.first(ctx)
		if err != nil {
			return err
		}
		if targets > 0 {
			continue
		}
		switch rest, err = h.others(ctx, first); {
		case err != nil:
			return err
		case rest == nil:
			h.outcome.Healed = true
			h.say("No known partitions left")
			return nil
		}
	}
	return errors.Join(errStillPartitioned, rest)
}

// first makes the first node that can be reached heal, and returns it, and how many
// targets it found.
func (h *healing) first(ctx context.Context) (first wire.Address, targets int, err error) {
	err = h.firstOf(ctx, h.where, func(node wire.Address) error {
		answer, err := h.client.Heal(ctx, node)
		if err != nil {
			return err
		}
		first, targets = node, len(answer.Targets)
		h.tell(node, answer)
		if targets == 0 && answer.Error != "" {
			return errors.New("the heal failed: " + render.Foreign(answer.Error))
		}
		return nil
	})
	return first, targets, err
}

// others tells a node of each other side to heal, when the first one has no targets. A
// node only finds the nodes that it knows or that its list of hosts leads to, and an
// island is not faulty to the others. It returns what is left to heal, nil if the
// cluster is one side.
func (h *healing) others(ctx context.Context, first wire.Address) (rest, err error) {
	cluster, err := h.look(ctx, h.where)
	if err != nil {
		return nil, err
	}
	verdict := admin.VerdictOf(cluster)
	h.outcome.Verdict = new(render.VerdictJSON)
	*h.outcome.Verdict = render.NewVerdictJSON(verdict)
	if verdict.Condition != admin.Split {
		return nil, nil
	}
	for _, side := range verdict.Sides {
		if slices.Contains(side.Nodes, first) {
			continue
		}
		answer, err := h.client.Heal(ctx, side.Nodes[0])
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil: // the next side may do better
			h.say("The heal failed: " + render.Foreign(err.Error()))
		default:
			h.tell(side.Nodes[0], answer)
		}
	}
	return errors.New(strings.TrimSpace(render.Verdict(verdict))), nil
}

// tell says what a node did.
func (h *healing) tell(node wire.Address, answer *wire.HealResponse) {
	try := render.HealTryJSON{
		Time: time.Now(), Node: node, Error: render.Foreign(answer.Error),
		Targets: append([]wire.Address{}, answer.Targets...),
	}
	h.outcome.Tries = append(h.outcome.Tries, try)
	if len(try.Targets) == 0 {
		return
	}
	h.say(fmt.Sprintf("Executed heal to %d targets", len(try.Targets)))
	for _, target := range try.Targets {
		h.say(" - " + string(target))
	}
	if try.Error != "" {
		h.say("The heal was not complete: " + try.Error)
	}
}

// say prints a line with the time, unless JSON is wanted.
func (h *healing) say(text string) {
	if !h.json {
		fmt.Fprintln(h.stdout, time.Now().Format(render.Clock), text)
	}
}

// pause waits, or returns why ctx ended.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
