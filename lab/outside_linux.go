package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/ringmend/ringmend/lab/host"
	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/run"
	"github.com/ringmend/ringmend/lab/system"
)

// endings are the signals that end a run.
var endings = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

// run does what a command line without a command says.
func (p *program) run(ctx context.Context, o *options) error {
	// A reader of our output that goes away must not keep us from cleaning up.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(ctx, endings...)
	defer stop()
	progress := newProgress(p.stderr, o.quiet)
	defer progress.end()
	if o.prompt {
		return p.debug(ctx, o, progress)
	}
	dir, err := makeRun(ctx, &o.config, o.location, progress)
	if err != nil {
		return err
	}
	progress.end()
	return p.show(dir, o.json)
}

// makeRun makes one run, and returns the directory of its results.
func makeRun(ctx context.Context, c *result.Config, location string, progress *progress) (dir string, err error) {
	if err := prepare(ctx, c, progress); err != nil {
		return "", err
	}
	if dir, err = result.MakeDir(location, c); err != nil {
		return "", err
	}
	if err := result.WriteJSON(filepath.Join(dir, result.ConfigFile), c); err != nil {
		return dir, err
	}
	err = startInside(ctx, insideRun, dir, progress, nil, nil)
	_ = os.RemoveAll(filepath.Join(dir, run.DataDir)) // an empty directory, if there is one
	if ctx.Err() != nil && !exists(filepath.Join(dir, result.SummaryFile)) {
		// Nothing was measured.
		return "", errors.Join(run.ErrInterrupted, os.RemoveAll(dir))
	}
	if err != nil {
		return "", fmt.Errorf("%w (see %s)", err, filepath.Join(dir, "logs"))
	}
	return dir, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// prepare looks for what a run needs of this machine.
func prepare(ctx context.Context, c *result.Config, progress *progress) error {
	if err := host.Missing(); err != nil {
		return err
	}
	kind, err := system.Lookup(c.System)
	if err != nil {
		return err
	}
	if err := kind.Find(ctx, c, progress.tell); err != nil {
		if ctx.Err() != nil {
			return run.ErrInterrupted
		}
		return err
	}
	facts(c)
	return nil
}

// startInside starts this program in namespaces of its own, and waits for its end.
func startInside(ctx context.Context, what, dir string, progress *progress, stdin io.Reader, stdout io.Writer) error {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	cmd := host.Command(insideWord, what, absolute, progress.manner(), progress.prefix)
	var said strings.Builder // an error in one line
	cmd.Stdin, cmd.Stdout = stdin, stdout
	failure, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer failure.Close()
	cmd.Stderr = os.Stderr
	cmd.ExtraFiles = []*os.File{theirs}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return fmt.Errorf("new namespaces: %w", err)
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-ctx.Done():
			_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		case <-ended:
		}
	}()
	_, _ = io.Copy(&said, io.LimitReader(failure, 1<<16))
	err = cmd.Wait()
	if text := strings.TrimSpace(said.String()); text != "" {
		return errors.New(text)
	}
	return err
}

// show prints the summary of a run, and makes the exit code that of its verdict.
func (p *program) show(dir string, asJSON bool) error {
	r, err := result.Load(dir)
	if err != nil {
		return err
	}
	p.code = codeOf(r.Summary.Verdict)
	if asJSON {
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			Dir string `json:"dir"`
			*result.Summary
		}{dir, r.Summary})
	}
	return writeSummary(p.stdout, r)
}

func codeOf(verdict string) int {
	switch verdict {
	case result.Passed:
		return exitOK
	case result.Void:
		return exitVoid
	case result.Undecided:
		return exitUndecided
	}
	return exitFailed
}
