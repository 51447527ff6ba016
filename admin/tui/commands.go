package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

// Order is something that can be done to a member.
type Order struct {
	// Name is the command, and Key chooses it from the list of orders.
	Name string
	Key  rune
	// Question is asked before, with the member in place of its %s. Default: nothing is
	// asked.
	Question string
	// Do gives the order, and returns what came of it. It must return soon after ctx ends.
	Do func(ctx context.Context, member wire.Address) (result string, err error)
}

// command is what can be typed on the command line.
type command struct {
	name    string
	members int // it takes at most; one that takes one is about the chosen member by default
	run     func(members []wire.Address) error
}

// commands returns all commands, sorted by name.
func (s *session) commands() []command {
	plainly := func(do func()) func([]wire.Address) error {
		return func([]wire.Address) error { do(); return nil }
	}
	about := func(do func(wire.Address)) func([]wire.Address) error {
		return func(members []wire.Address) error { do(members[0]); return nil }
	}
	list := []command{
		{"top", 0, plainly(func() { s.show(s.top) })},
		{"watch", 0, plainly(func() { s.show(s.watch) })},
		{"diff", 2, s.diff},
		{"explain", 1, about(s.explain)},
		{"messages", 0, plainly(s.showMessages)},
		{"help", 0, plainly(s.help)},
		{"quit", 0, plainly(func() { s.pages = nil })},
	}
	if s.opts.Resolve != nil {
		list = append(list, command{"resolve", 0, plainly(func() { s.showText("resolve", s.opts.Resolve) })})
	}
	for i := range s.opts.Orders {
		o := &s.opts.Orders[i]
		list = append(list, command{o.Name, 1, about(func(member wire.Address) { s.giveOrder(o, member) })})
	}
	slices.SortFunc(list, func(a, b command) int { return strings.Compare(a.name, b.name) })
	return list
}

// find returns the command with that name, or nil, and the names of all.
func (s *session) find(name string) (found *command, names []string) {
	list := s.commands()
	for i := range list {
		names = append(names, list[i].name)
		if list[i].name == name {
			found = &list[i]
		}
	}
	return found, names
}

// complete returns the lines that a command line may become.
func (s *session) complete(text string) []string {
	words := strings.Split(text, " ")
	last := words[len(words)-1]
	command, candidates := s.find(words[0])
	if len(words) > 1 {
		candidates = nil
		if command != nil && len(words)-1 <= command.members {
			for _, m := range s.model.members {
				candidates = append(candidates, string(m))
			}
		}
	}
	before := text[:len(text)-len(last)]
	var lines []string
	for _, c := range candidates {
		if strings.HasPrefix(c, last) || len(words) > 1 && last != "" && strings.Contains(c, last) {
			lines = append(lines, before+c)
		}
	}
	return lines
}

// command carries out a command line.
func (s *session) command(text string) {
	if err := s.tryCommand(strings.Fields(text)); err != nil {
		s.say(err.Error(), true)
	}
}

func (s *session) tryCommand(words []string) error {
	name := words[0]
	if name == "q" {
		name = "quit"
	}
	command, names := s.find(name)
	if command == nil {
		return fmt.Errorf("no command %q: there are %s", render.Foreign(name), strings.Join(names, ", "))
	}
	members, err := s.named(words[1:])
	if err != nil {
		return err
	}
	if len(members) > command.members {
		return fmt.Errorf("%s takes %d members, not %d", name, command.members, len(members))
	}
	if command.members == 1 && len(members) == 0 {
		chosen := s.top.chosen()
		if chosen == "" {
			return fmt.Errorf("%s needs a member", name)
		}
		members = append(members, chosen)
	}
	return command.run(members)
}

// named returns the members that words name, in full or as where there is little room.
func (s *session) named(words []string) ([]wire.Address, error) {
	var members []wire.Address
	for _, word := range words {
		short := slices.IndexFunc(s.model.members, func(a wire.Address) bool { return s.model.naming.name(a) == word })
		address, err := wire.ParseAddress(word)
		switch {
		case slices.Contains(s.model.members, wire.Address(word)):
			members = append(members, wire.Address(word))
		case short >= 0:
			members = append(members, s.model.members[short])
		case err != nil:
			return nil, fmt.Errorf("no member %q", render.Foreign(word))
		default:
			members = append(members, address)
		}
	}
	return members, nil
}

// show shows a page above the others. One that was shown before is where it was left.
func (s *session) show(p page) {
	s.pages = append(slices.DeleteFunc(s.pages, func(other page) bool { return other.name() == p.name() }), p)
	s.makeText()
}

// back goes back to the page before.
func (s *session) back() {
	if len(s.pages) > 1 {
		s.pages = s.pages[:len(s.pages)-1]
		s.makeText()
	}
}

// showText shows a text that is made of each look.
func (s *session) showText(title string, text func(context.Context, *admin.Cluster) (string, error)) {
	for _, p := range s.pages {
		if p.name() == title {
			s.show(p)
			return
		}
	}
	s.show(&textPage{theme: s.theme, title: title, text: text})
}

func (s *session) showMessages() {
	p := &textPage{theme: s.theme, title: "messages"}
	p.set(strings.Join(s.messages, "\n"), nil)
	p.window.first = len(p.lines)
	s.show(p)
}

func (s *session) help() {
	switch p := s.page().(type) {
	case *watchPage:
		p.help.open = true
	default:
		s.show(s.top)
		s.top.help.open = true
	}
}

// diff shows what two members disagree about: those given, or the first of two sides.
func (s *session) diff(members []wire.Address) error {
	if len(members) == 0 && len(s.model.sides) > 1 {
		members = []wire.Address{s.model.sides[0].Nodes[0], s.model.sides[1].Nodes[0]}
	}
	if len(members) != 2 {
		return fmt.Errorf("diff needs two members; without any it compares the first two sides of a split")
	}
	a, b := members[0], members[1]
	s.showText(fmt.Sprintf("diff %s %s", a, b), func(_ context.Context, c *admin.Cluster) (string, error) {
		return diffOf(c, a, b)
	})
	return nil
}

func diffOf(c *admin.Cluster, a, b wire.Address) (string, error) {
	var seen [2][]wire.Member
	for i, address := range []wire.Address{a, b} {
		at := slices.IndexFunc(c.Nodes, func(n admin.Node) bool { return n.Address == address })
		switch {
		case at < 0:
			return "", fmt.Errorf("no node knows %s", address)
		case c.Nodes[at].Err != nil:
			return "", fmt.Errorf("%s does not answer: %s", address, render.Reason(c.Nodes[at]))
		}
		seen[i] = c.Nodes[at].Stats.Membership.Members
	}
	differences := admin.Differences(seen[0], seen[1])
	if len(differences) == 0 {
		return fmt.Sprintf(" %s and %s agree about all %d members.", a, b, len(seen[0])), nil
	}
	return render.Differences(a, b, differences), nil
}

func (s *session) explain(member wire.Address) {
	s.showText("explain "+string(member), func(_ context.Context, c *admin.Cluster) (string, error) {
		evictions := c.Evictions()
		if !c.Knows(member) && !evictions.Evicted(member) {
			return "", fmt.Errorf("no node knows %s", member)
		}
		text := render.Evicted(evictions, member)
		if text != "" {
			text = " " + text
		}
		return text + render.Opinions(c.Opinions(member)), nil
	})
}

// act lets somebody choose what is done to the chosen member.
func (s *session) act() {
	member := s.top.chosen()
	if s.page() != page(s.top) || member == "" {
		return
	}
	c := &choice{title: string(member)}
	for i := range s.opts.Orders {
		o := &s.opts.Orders[i]
		c.options = append(c.options, option{o.Key, o.Name, func() { s.giveOrder(o, member) }})
	}
	c.options = append(c.options, option{'x', "explain", func() { s.explain(member) }})
	s.prompt = c
}

// giveOrder gives an order to a member, after asking.
func (s *session) giveOrder(o *Order, member wire.Address) {
	if o.Question == "" {
		s.carryOut(o, member)
		return
	}
	s.prompt = &question{fmt.Sprintf(o.Question, member), func() { s.carryOut(o, member) }}
}

func (s *session) carryOut(o *Order, member wire.Address) {
	s.message, s.failed = fmt.Sprintf("%s %s…", o.Name, member), false
	s.run(func(ctx context.Context) func() {
		result, err := o.Do(ctx, member)
		return func() {
			if err != nil {
				s.say(fmt.Sprintf("%s %s failed: %s", o.Name, member, err), true)
				return
			}
			s.say(fmt.Sprintf("%s %s: %s", o.Name, member, result), false)
			s.look()
		}
	})
}
