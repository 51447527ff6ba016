package run

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/ringmend/ringmend/lab/fault"
	"github.com/ringmend/ringmend/lab/link"
	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/workload"
)

// prompt is a system that a person, or a script, breaks by hand.
type prompt struct {
	cl       *Cluster
	out      io.Writer
	terminal bool

	load    context.CancelFunc // nil while there is none
	loading sync.WaitGroup
	driver  *workload.Driver
}

// errQuit ends a prompt.
var errQuit = errors.New("quit")

// Prompt starts a system and carries out commands, a line each, until the end of the
// input. On a terminal an error is printed; in a script it ends the run.
func Prompt(ctx context.Context, c *result.Config, dir string, terminal bool, in io.Reader, out io.Writer, progress func(string)) error {
	progress("starting nodes")
	cl, err := NewCluster(c, dir)
	if err != nil {
		return err
	}
	defer cl.Close()
	if err := cl.Start(); err != nil {
		return err
	}
	if err := cl.AwaitReady(ctx, readyLimit, progress); err != nil {
		return err
	}
	p := &prompt{cl: cl, out: out, terminal: terminal}
	defer p.stopLoad()
	if terminal {
		progress("")
		fmt.Fprintln(out, "The nodes are ready. Type help for the commands.")
	}
	return p.read(ctx, in)
}

func (p *prompt) read(ctx context.Context, in io.Reader) error {
	lines := make(chan string)
	done := make(chan struct{})
	defer close(done)
	go func() { // the read of a terminal cannot be interrupted
		defer close(lines)
		s := bufio.NewScanner(in)
		for s.Scan() {
			select {
			case lines <- s.Text():
			case <-done:
				return
			}
		}
	}()
	for number := 1; ; number++ {
		if p.terminal {
			fmt.Fprint(p.out, "> ")
		}
		select {
		case line, more := <-lines:
			if !more {
				return nil
			}
			err := p.do(ctx, line)
			switch {
			case errors.Is(err, errQuit):
				return nil
			case err != nil && p.terminal:
				fmt.Fprintln(p.out, err)
			case err != nil:
				return fmt.Errorf("line %d: %w", number, err)
			}
		case <-ctx.Done():
			if p.terminal {
				fmt.Fprintln(p.out)
				return nil
			}
			return ErrInterrupted
		}
	}
}

func (p *prompt) do(ctx context.Context, line string) error {
	c, err := fault.ParseCommand(line)
	if err != nil {
		return err
	}
	switch c.Verb {
	case "":
		return nil
	case fault.Quit:
		return errQuit
	case fault.Help:
		_, err := fmt.Fprintln(p.out, strings.Join(fault.HelpLines(), "\n"))
		return err
	case fault.Nodes:
		return p.nodes()
	case fault.Links:
		return p.links()
	case fault.Status:
		return p.status(ctx)
	case fault.Leader:
		return p.leader(ctx)
	case fault.Exec:
		return p.exec(ctx, c)
	case fault.Load:
		return p.setLoad(ctx, c.On)
	case fault.Sleep:
		sleep(ctx, c.Time)
		return nil
	case fault.Wait:
		return p.cl.AwaitReady(ctx, c.Time, func(string) {})
	}
	before := len(p.cl.evidence)
	if err := p.cl.Act(ctx, c); err != nil {
		return err
	}
	for _, e := range p.cl.evidence[before:] {
		fmt.Fprintf(p.out, "%s: %s\n", e.What, e.Detail)
	}
	return nil
}

func (p *prompt) table(rows ...string) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, row)
	}
	return w.Flush()
}

func (p *prompt) nodes() error {
	rows := []string{"node\taddress\tprocess\tlog"}
	for _, n := range p.cl.nodes {
		state := "down"
		if n.up() {
			state = fmt.Sprintf("%d", n.pid())
			if !n.serves() {
				state += ", paused"
			}
		}
		rows = append(rows, fmt.Sprintf("%d\t%s\t%s\t%s", n.number+1, n.host.Address, state, n.log))
	}
	return p.table(rows...)
}

func (p *prompt) links() error {
	rows := []string{"from\tto\tlatency\tloss\tsent\tdelivered\tlost\tcut off\t"}
	names := p.cl.layout.Names
	p.cl.net.With(func(l *link.Network) {
		for a := range names {
			for b := range names {
				if a == b {
					continue
				}
				profile, counts, cut := l.Profile(a, b), l.Counts(a, b), ""
				if l.IsCut(a, b) {
					cut = "cut"
				}
				rows = append(rows, fmt.Sprintf("%s\t%s\t%v\t%g %%\t%d\t%d\t%d\t%d\t%s", names[a], names[b], profile.Delay, 100*profile.Loss,
					counts.Sent, counts.Delivered, counts.Lost, counts.Cut, cut))
			}
		}
	})
	return p.table(rows...)
}

func (p *prompt) status(ctx context.Context) error {
	rows := []string{"node\tstate"}
	for i, s := range p.cl.ask(ctx) {
		text := "does not answer"
		if s.OK {
			var words []string
			if s.Term > 0 {
				words = append(words, leaderText(s.Leader), fmt.Sprintf("term %d", s.Term))
			}
			if s.Checksum != "" {
				words = append(words, "checksum "+s.Checksum)
			}
			for _, m := range s.Members {
				words = append(words, fmt.Sprintf("%d %s", m.Node+1, m.Status))
			}
			if s.Resolver != "" {
				words = append(words, s.Resolver)
			}
			if text = strings.Join(words, ", "); text == "" {
				text = "answers"
			}
		}
		rows = append(rows, fmt.Sprintf("%d\t%s", i+1, text))
	}
	if err := p.table(rows...); err != nil || p.driver == nil {
		return err
	}
	counts := p.driver.Counts()
	_, err := fmt.Fprintf(p.out, "load: %d ok, %d failed, %d unknown, %d under way\n", counts[result.OK], counts[result.Failed], counts[result.Unknown], p.driver.InFlight())
	return err
}

func (p *prompt) leader(ctx context.Context) error {
	text := "there is none"
	if leader, ok := p.cl.leads(ctx); ok {
		text = fmt.Sprintf("node %d", leader+1)
	}
	_, err := fmt.Fprintln(p.out, text)
	return err
}

func (p *prompt) exec(ctx context.Context, c fault.Command) error {
	_, sets, err := p.cl.resolve(ctx, c)
	if err != nil {
		return err
	}
	for _, i := range sets[0] {
		cmd := exec.CommandContext(ctx, c.Words[0], c.Words[1:]...)
		cmd.Stdout, cmd.Stderr = p.out, p.out
		cmd.WaitDelay = time.Second
		if err := p.cl.nodes[i].host.Start(cmd); err != nil {
			return err
		}
		if err := cmd.Wait(); err != nil {
			fmt.Fprintf(p.out, "%s: %v\n", c.Words[0], err)
		}
	}
	return nil
}

// setLoad starts the load of the configuration, again and again, or ends it.
func (p *prompt) setLoad(ctx context.Context, on bool) error {
	if !on {
		p.stopLoad()
		return nil
	}
	if p.load != nil {
		return errors.New("load: it is on")
	}
	ctx, p.load = context.WithCancel(ctx)
	driver := &workload.Driver{MaxInFlight: p.cl.config.MaxInFlight, Timeout: p.cl.config.OpTimeout}
	p.driver = driver
	p.loading.Go(func() {
		for ctx.Err() == nil {
			driver.Run(ctx, time.Now(), p.cl.plan, p.cl.system.Do)
		}
	})
	return nil
}

func (p *prompt) stopLoad() {
	if p.load != nil {
		p.load()
		p.loading.Wait()
		p.load = nil
	}
}
