package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/lab/check"
	"github.com/ringmend/ringmend/lab/host"
	"github.com/ringmend/ringmend/lab/report"
	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/run"
	"github.com/ringmend/ringmend/lab/system"
)

// The command that this program calls itself with in the namespaces.
const (
	insideWord   = "inside"
	insideRun    = "run"
	insidePrompt = "prompt"
)

// failureFile is where the outside reads what went wrong.
const failureFile = 3

func (p *program) insideCommand() *cobra.Command {
	return &cobra.Command{
		Use: insideWord, Hidden: true, Args: cobra.ExactArgs(4),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := host.Enter(); err != nil {
				return err
			}
			signal.Ignore(syscall.SIGPIPE)
			ctx, stop := signal.NotifyContext(cmd.Context(), endings...)
			defer stop()
			progress := newProgress(p.stderr, args[2] == silently)
			progress.terminal, progress.prefix = args[2] == onTerminal, args[3]
			err := p.inside(ctx, args[0], args[1], progress)
			progress.end()
			if err != nil {
				if _, told := fmt.Fprintln(os.NewFile(failureFile, "failure"), err); told != nil {
					return err
				}
				p.code = exitFailed
			}
			return nil
		},
	}
}

func (p *program) inside(ctx context.Context, what, dir string, progress *progress) error {
	f, err := os.Open(filepath.Join(dir, result.ConfigFile))
	if err != nil {
		return err
	}
	defer f.Close()
	c, err := result.ReadConfig(f)
	if err != nil {
		return err
	}
	if what == insidePrompt {
		return run.Prompt(ctx, c, dir, progress.terminal, p.stdin, p.stdout, progress.tell)
	}
	m, err := run.Measure(ctx, c, dir, progress.tell)
	if err != nil {
		if ctx.Err() != nil {
			return run.ErrInterrupted
		}
		return err
	}
	return judge(c, dir, m, progress)
}

// judge checks what was measured, and writes the results.
func judge(c *result.Config, dir string, m *run.Measured, progress *progress) error {
	kind, err := system.Lookup(c.System)
	if err != nil {
		return err
	}
	progress.tell("checking")
	r := &result.Run{Dir: dir, Config: c, Ops: m.Ops, Events: m.Events, Packets: m.Packets}
	r.Summary = result.Summarize(c, m.Ops, m.Events, m.Evidence, m.Packets)
	r.Summary.Lateness.Packets, r.Summary.Lateness.Load = m.Late, firstLine("/proc/loadavg")
	checks, history := check.Run(kind.Model, c, m.Ops, m.Events)
	r.Summary.Checks = checks
	r.Summary.Judge(c, m.Interrupted)
	progress.tell("writing the results")
	err = r.Write()
	if history != nil {
		err = errors.Join(err, history.Write(filepath.Join(dir, result.HistoryFile)))
	}
	return errors.Join(err, report.Write(filepath.Join(dir, result.ReportFile), r))
}
