package timeline

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/tick-cluster/internal/namelist"
	"github.com/ringmend/ringmend/tick-cluster/internal/record"
)

// Options say what is shown.
type Options struct {
	// Verbose shows what the nodes printed and what was shown in answer to commands,
	// too.
	Verbose bool
}

// Show reads a record and writes its timeline, line by line as it comes. Errors are
// those of [record.Read], after all that could be shown, and those of w.
func Show(w io.Writer, r io.Reader, o Options) error {
	t := &teller{w: w, options: o, nodes: map[string]*node{}}
	err := record.Read(r, t.line)
	if err == nil || errors.Is(err, record.ErrTruncated) {
		err = errors.Join(err, t.sum())
	}
	return err
}

// node is what is known of one.
type node struct {
	state string
	since time.Time // of the state
	times int       // that it was down or suspended
	away  time.Duration
}

type teller struct {
	w       io.Writer
	options Options

	began, last time.Time
	order       []string // of nodes
	nodes       map[string]*node
	commands    []begun
	states      bool // the record has lines of kind "state": its events say nothing new
	counted     struct{ commands, failed, views, unknown int }
	lastViews   []record.Group
}

// begun is a command that has not ended.
type begun struct {
	text string
	at   time.Time
}

// line shows a line of the record. The error is that of writing.
func (t *teller) line(l record.Line) error {
	t.last = l.Time
	switch l.Kind {
	case record.Start:
		return t.start(l)
	case record.Begin:
		t.commands = append(t.commands, begun{l.Text, l.Time})
		return t.say(l, "> %s", l.Text)
	case record.Command:
		return t.command(l)
	case record.State:
		return t.state(l)
	case record.Checksums:
		return t.views(l)
	case record.Cut:
		var sides []string
		for _, side := range l.Parts {
			sides = append(sides, "["+namelist.Of(side)+"]")
		}
		return t.say(l, "cut: %s, by %s", strings.Join(sides, " from "), l.Text)
	case record.Mend:
		return t.say(l, "mended: %s", l.Text)
	case record.Full:
		return t.say(l, "what the nodes printed is left out from here on: it was too much")
	case record.Exit:
		return t.exit(l)
	case record.Event:
		return t.event(l)
	case record.Output:
		return t.verbose(l, "["+l.Node+"] ")
	case record.Show:
		return t.verbose(l, "  ")
	case record.Key:
		return nil // the command that it leads to is shown
	default:
		t.counted.unknown++
		return nil
	}
}

// say writes a line with the time of day, as the session showed it, and the time since
// the beginning.
func (t *teller) say(l record.Line, format string, args ...any) error {
	_, err := fmt.Fprintf(t.w, "%s %+10.3fs  %s\n", l.Time.Format("15:04:05.000"), l.Time.Sub(t.began).Seconds(), fmt.Sprintf(format, args...))
	return err
}

func (t *teller) verbose(l record.Line, prefix string) error {
	if !t.options.Verbose {
		return nil
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(l.Text, "\n"), "\n") {
		if err := t.say(l, "%s%s", prefix, line); err != nil {
			return err
		}
	}
	return nil
}

func (t *teller) start(l record.Line) error {
	t.began = l.Time
	var addresses []string
	for _, n := range l.Nodes {
		t.order = append(t.order, n.Name)
		t.nodes[n.Name] = &node{}
		addresses = append(addresses, n.Address)
	}
	where := strings.Join(addresses, ", ")
	if len(addresses) > 4 {
		where = addresses[0] + " to " + addresses[len(addresses)-1]
	}
	seed := ""
	if l.Seed != nil {
		seed = fmt.Sprintf(", random choices by --seed %d", *l.Seed)
	}
	_, err := fmt.Fprintf(t.w, "%s on %s: tick-cluster %s\n%d nodes: %s (%s)%s\n\n", l.Text, l.Time.Format("2006-01-02 15:04:05 -0700"),
		strings.Join(l.Args, " "), len(l.Nodes), namelist.Of(t.order), where, seed)
	return err
}

// command is the end of one. Records of older programs do not tell when it began.
func (t *teller) command(l record.Line) error {
	t.counted.commands++
	took := time.Duration(0)
	known := false
	for i, c := range t.commands {
		if c.text == l.Text {
			took, known = l.Time.Sub(c.at), true
			t.commands = append(t.commands[:i], t.commands[i+1:]...)
			break
		}
	}
	if !known {
		if err := t.say(l, "> %s", l.Text); err != nil {
			return err
		}
	}
	switch {
	case l.Error != "":
		t.counted.failed++
		return t.say(l, "  failed: %s", l.Error)
	case took >= worthTelling:
		return t.say(l, "  %s took %v", l.Text, took.Round(time.Millisecond))
	}
	return nil
}

const (
	running = "running"
	// worthTelling is how long a command takes for which it is said how long.
	worthTelling = 100 * time.Millisecond
	// maxViews is how many different views are shown on a line.
	maxViews = 8
)

func (t *teller) state(l record.Line) error {
	t.states = true
	n := t.nodes[l.Node]
	if n == nil {
		n = &node{}
		t.nodes[l.Node] = n
		t.order = append(t.order, l.Node)
	}
	before, since := n.state, n.since
	n.state, n.since = l.State, l.Time
	switch {
	case before == "" && l.State == running:
		return nil // the first start
	case l.State == running:
		n.away += l.Time.Sub(since)
		return t.say(l, "%s is running again after %v, pid %d", l.Node, l.Time.Sub(since).Round(time.Millisecond), l.PID)
	case before == running || before == "":
		n.times++
	default: // down already: from suspended to killed, say
		n.since = since
	}
	switch {
	case l.State == "ended":
		return t.say(l, "%s ended by itself, pid %d: %s", l.Node, l.PID, l.Text)
	case l.Text != "":
		return t.say(l, "%s is %s, pid %d: %s", l.Node, l.State, l.PID, l.Text)
	}
	return t.say(l, "%s is %s, pid %d", l.Node, l.State, l.PID)
}

func (t *teller) views(l record.Line) error {
	// Those of many nodes first, for people; the record keeps the order.
	groups := slices.SortedStableFunc(slices.Values(l.Groups), func(a, b record.Group) int { return len(b.Nodes) - len(a.Nodes) })
	var list []string
	for _, g := range groups[:min(len(groups), maxViews)] {
		list = append(list, fmt.Sprintf("[%s] %d (%d)", namelist.Of(g.Nodes), g.Checksum, len(g.Nodes)))
	}
	views := strings.Join(list, "  ")
	if more := len(groups) - maxViews; more > 0 {
		views += fmt.Sprintf("  and %d others", more)
	}
	if reflect.DeepEqual(groups, t.lastViews) {
		return t.say(l, "views: as before")
	}
	t.counted.views++
	t.lastViews = groups
	return t.say(l, "views: %s", views)
}

// event shows what tick-cluster said, where nothing else in the record says the same.
func (t *teller) event(l record.Line) error {
	if l.Node == "init" || t.states && !t.options.Verbose {
		return nil
	}
	return t.say(l, "[%s] %s", l.Node, l.Text)
}

func (t *teller) exit(l record.Line) error {
	code := 0
	if l.Code != nil {
		code = *l.Code
	}
	if l.Error != "" {
		return t.say(l, "end with exit code %d: %s", code, l.Error)
	}
	return t.say(l, "end with exit code %d", code)
}
