package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

const (
	evictQuestion = "Put %s out of all rings, also when it comes back, until it is readmitted?"

	// wordWithin is how long a word is waited for to be known by all nodes.
	wordWithin = 10 * time.Second
	wordPause  = 300 * time.Millisecond
)

func newEvict(p *program) *cobra.Command {
	var force bool
	cmd := newWordCommand(p, "evict", "Put a member out of all rings until it is readmitted",
		"Evict puts a member out of the rings of all nodes of ringmend, and keeps it out when\n"+
			"it comes back: one that is down for good, or that answers pings and serves nothing.\n"+
			"The nodes tell each other, and keep it when any one of them is restarted. A node of\n"+
			"ringmend that is evicted leaves; one of another program is told to leave, and is back\n"+
			"in the rings of such programs when it is restarted. A member that is held faulty is\n"+
			"forgotten, too. On a split a node of each side is told that can be reached.\n\n"+
			"status, explain and top show who is evicted; readmit takes it back.\n",
		func(ctx context.Context, member wire.Address, where admin.Discoveries) error {
			return p.say(ctx, &word{member: member, evict: true, force: force}, where)
		})
	cmd.Flags().BoolVar(&force, "force", false, "evict a member that no node knows")
	return cmd
}

func newReadmit(p *program) *cobra.Command {
	return newWordCommand(p, "readmit", "Take the eviction of a member back",
		"Readmit lets a member back into the rings that was evicted. If it lives it is back at\n"+
			"once; a node of another program, which was told to leave, is told to join.\n",
		func(ctx context.Context, member wire.Address, where admin.Discoveries) error {
			return p.say(ctx, &word{member: member}, where)
		})
}

func newWordCommand(p *program, name, short, long string, do func(context.Context, wire.Address, admin.Discoveries) error) *cobra.Command {
	return &cobra.Command{
		Use:     name + " [options] ADDRESS [DISCOVERY_URI...]",
		Short:   short,
		Long:    long + discoveryHelp,
		Example: "  ringpop-admin " + name + " 127.0.0.1:3003 127.0.0.1:3000",
		RunE:    about(do),
	}
}

// word is what an operator says about a member.
type word struct {
	member wire.Address
	evict  bool
	force  bool // even if no node knows it

	outcome render.WordJSON
}

func (w *word) name() string {
	if w.evict {
		return "evict"
	}
	return "readmit"
}

// say is the command.
func (p *program) say(ctx context.Context, w *word, where admin.Discoveries) error {
	cluster, err := p.lookWithProgress(ctx, where)
	if err != nil {
		return err
	}
	if err := w.check(cluster); err != nil {
		return err
	}
	if w.evict {
		if err := p.confirm(evictQuestion, w.member); err != nil {
			return err
		}
	}
	client, err := p.client()
	if err != nil {
		return err
	}
	look := func(ctx context.Context) (*admin.Cluster, error) { return p.look(ctx, where) }
	if err := w.tell(ctx, client, cluster, look, p.concurrency); err != nil {
		return err
	}
	return p.write(func() string { return render.Word(&w.outcome) }, func() any { return &w.outcome })
}

// check returns an error if the word makes no sense.
func (w *word) check(cluster *admin.Cluster) error {
	switch evicted := cluster.Evictions().Evicted(w.member); {
	case w.evict && evicted:
		return fmt.Errorf("%s is evicted already", w.member)
	case !w.evict && !evicted:
		return fmt.Errorf("%s is not evicted", w.member)
	case w.evict && !w.force && !cluster.Knows(w.member):
		return fmt.Errorf("no node knows %s. To evict it all the same give --force", w.member)
	}
	return nil
}

var errOnlyOthers = errors.New("no node of ringmend has answered, and others keep no evictions. Use leave, or reap if it is down for good")

// tell tells a node of each side, and waits until all nodes know.
func (w *word) tell(ctx context.Context, client *admin.Client, cluster *admin.Cluster,
	look func(context.Context) (*admin.Cluster, error), concurrency int) error {
	w.outcome = render.WordJSON{Order: w.name(), Member: w.member, Told: []wire.Address{}, Refused: []string{}}
	ours := ringmends(ctx, client, cluster, concurrency)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if len(ours) == 0 {
		return errOnlyOthers
	}
	for _, side := range sidesOf(cluster) {
		w.tellOneOf(ctx, client, side, ours)
	}
	if len(w.outcome.Told) == 0 {
		return fmt.Errorf("no node has taken it: %s", w.outcome.Refused[0])
	}
	w.tellItself(ctx, client, cluster, ours)
	w.outcome.Nodes = len(ours)
	for end := time.Now().Add(wordWithin); ; {
		if cluster, err := look(ctx); err == nil {
			w.outcome.Known = cluster.Told(ours, w.member, w.evict)
		}
		if w.outcome.Known >= len(ours) || time.Now().After(end) {
			return nil
		}
		if err := pause(ctx, wordPause); err != nil {
			return err
		}
	}
}

// ringmends returns the nodes that keep evictions.
func ringmends(ctx context.Context, client *admin.Client, cluster *admin.Cluster, concurrency int) []wire.Address {
	var ours []wire.Address
	for _, b := range admin.Briefs(ctx, client, answered(cluster), concurrency) {
		if b.Brief != nil {
			ours = append(ours, b.Address)
		}
	}
	return ours
}

// sidesOf returns the nodes of each side. When none is on a side, because all left, those that
// answered count as one.
func sidesOf(cluster *admin.Cluster) [][]wire.Address {
	var sides [][]wire.Address
	for _, side := range admin.SidesOf(cluster.Partitions()) {
		sides = append(sides, side.Nodes)
	}
	if len(sides) == 0 {
		sides = append(sides, answered(cluster))
	}
	return sides
}

func answered(cluster *admin.Cluster) (nodes []wire.Address) {
	for _, n := range cluster.Nodes {
		if n.Err == nil {
			nodes = append(nodes, n.Address)
		}
	}
	return nodes
}

// tellOneOf tells the first node of a side that takes it, the member itself last.
func (w *word) tellOneOf(ctx context.Context, client *admin.Client, side, ours []wire.Address) {
	order := client.Readmit
	if w.evict {
		order = client.Evict
	}
	nodes := slices.DeleteFunc(slices.Clone(side), func(a wire.Address) bool { return a == w.member || !slices.Contains(ours, a) })
	if slices.Contains(side, w.member) && slices.Contains(ours, w.member) {
		nodes = append(nodes, w.member)
	}
	// A refusal has a reason that others of the side have, too.
	const most = 3
	for _, node := range nodes[:min(len(nodes), most)] {
		err := order(ctx, node, w.member)
		if err == nil {
			w.outcome.Told = append(w.outcome.Told, node)
			return
		}
		w.outcome.Refused = append(w.outcome.Refused, render.Foreign(err.Error()))
	}
}

// tellItself makes a member of another program leave, or join again.
func (w *word) tellItself(ctx context.Context, client *admin.Client, cluster *admin.Cluster, ours []wire.Address) {
	at := slices.IndexFunc(cluster.Nodes, func(n admin.Node) bool { return n.Address == w.member })
	if at < 0 || cluster.Nodes[at].Err != nil || slices.Contains(ours, w.member) {
		return
	}
	order := client.MemberJoin
	if w.evict {
		order = client.MemberLeave
	}
	w.outcome.Other = true
	if err := order(ctx, w.member); err != nil {
		w.outcome.Refused = append(w.outcome.Refused, render.Foreign(err.Error()))
	}
}
