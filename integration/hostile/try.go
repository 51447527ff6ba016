package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/integration/rig"
)

// outcome is what has become of a node that got an input.
type outcome struct {
	input                 *input
	seen                  string
	before, during, after state
}

// Damage.
const (
	dies    = "dies"
	hangs   = "does not answer any more"
	changes = "changed"
	grows   = "grown"
)

// spare is what a node may occupy after an input more than before.
const spare = 96 << 20

// damage returns what an input has done that it must not do; empty if nothing.
func (o *outcome) damage() string {
	switch {
	case o.during.died != "" || o.after.died != "":
		return dies
	case o.after.err != nil:
		return hangs
	case !slices.Equal(o.before.members, o.after.members):
		return changes
	case o.after.memory > o.before.memory+spare || o.after.files > o.before.files+spareFiles:
		return grows
	}
	return ""
}

// harmed reports whether a node must not be used for another input.
func (o *outcome) harmed() bool { return o.damage() != "" || o.after.memory > 2*o.before.memory }

// givenBack is how long memory and descriptors may take to be given back: Go collects what
// is not used every two minutes, and returns it slowly.
const givenBack = 3 * time.Minute

// spareFiles are connections that come and go by themselves.
const spareFiles = 16

// words are for a cell of a table.
func (o *outcome) words() string {
	switch o.damage() {
	case dies:
		return "**dies**: " + escape(first(o.during.died, o.after.died))
	case hangs:
		return "**does not answer any more**"
	case changes:
		return "**" + difference(o.before.members, o.after.members) + "**"
	case grows:
		return fmt.Sprintf("**grows**: %s", o.growth())
	}
	seen, _, _ := strings.Cut(o.seen, ":")
	if o.input.group == floods {
		seen += "; " + o.growth()
		if o.during.err != nil {
			seen += ", **no answer to others meanwhile**"
		}
	}
	return seen
}

// growth is memory and files before, during and after.
func (o *outcome) growth() string {
	mb := func(s state) int { return s.memory >> 20 }
	return fmt.Sprintf("%d, %d, %d MB, %d, %d, %d files", mb(o.before), mb(o.during), mb(o.after), o.before.files, o.during.files, o.after.files)
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func escape(text string) string {
	const most = 80
	text = strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;").Replace(text)
	return text[:min(len(text), most)]
}

// difference says what has changed in lists of members.
func difference(before, after []string) string {
	added, gone := 0, 0
	example := ""
	for _, m := range after {
		if !slices.Contains(before, m) {
			added++
			example = first(example, m)
		}
	}
	for _, m := range before {
		if !slices.Contains(after, m) {
			gone++
		}
	}
	_, status, _ := strings.Cut(example, " ")
	switch {
	case len(after)-len(before) <= 2 && len(after) > len(before):
		return "a member more"
	case len(after) > len(before):
		return fmt.Sprintf("%d members more", (len(after)-len(before)+1)/2)
	case len(after) < len(before):
		return "a member less"
	default:
		return "a member is " + escape(fmt.Sprintf("%q", status)) + " now"
	}
}

// tries does all inputs to a program, which is in a directory, and tells how it goes.
func tries(ctx context.Context, o *options, dir, program string, list []input, out io.Writer) ([]outcome, error) {
	p := &pair{program: program, dir: dir}
	defer p.stop()
	var all []outcome
	started, fresh := false, false
	for i := range list {
		in := &list[i]
		do := in.of(program)
		if do == nil {
			continue
		}
		if !started {
			if err := p.start(ctx); err != nil {
				return all, err
			}
			started, fresh = true, true
		}
		result := p.try(ctx, o, in, do)
		if result.damage() != "" && !fresh {
			// What came before may have done it, a moment later.
			if err := p.start(ctx); err != nil {
				return all, err
			}
			result = p.try(ctx, o, in, do)
		}
		fresh = false
		fmt.Fprintf(out, "%-10s %-12s %-45s %s (%s; %s)\n", program, in.group, in.name, first(result.damage(), "unharmed"), escape(result.seen), result.growth())
		all = append(all, result)
		started = !result.harmed()
		if err := ctx.Err(); err != nil {
			return all, context.Cause(ctx)
		}
	}
	return all, nil
}

// try does one input.
func (p *pair) try(ctx context.Context, o *options, in *input, do func(*attack)) outcome {
	result := outcome{input: in, before: p.look(ctx)}
	a := &attack{target: p.nodes[0].address, friend: p.nodes[1].address, scale: o.scale, wait: o.wait}
	if in.group == slow {
		a.wait = o.slow
	}
	do(a)
	result.seen = first(a.seen, "nothing")
	result.during = p.look(ctx)
	a.close()
	result.after = p.settle(ctx, o, result.before)
	return result
}

// settle looks at the pair until it is as it was before, for a while, since what it does
// about an input may take a moment.
func (p *pair) settle(ctx context.Context, o *options, before state) state {
	_ = rig.Pause(ctx, o.calm)
	for began := time.Now(); ; {
		s := p.look(ctx)
		same := s.err == nil && slices.Equal(s.members, before.members)
		room := s.files <= before.files+spareFiles && s.memory <= before.memory+spare
		patience := o.settle
		if same {
			patience = max(patience, givenBack)
		}
		if s.died != "" || same && room || time.Since(began) > patience || rig.Pause(ctx, 100*time.Millisecond) != nil {
			return s
		}
	}
}
