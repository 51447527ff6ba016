package main

import (
	"context"
	"os"
	"path/filepath"

	"golang.org/x/term"

	"github.com/ringmend/ringmend/lab/result"
)

// debug starts a system, and has commands read from the standard input. Its logs are
// kept where they are asked for.
func (p *program) debug(ctx context.Context, o *options, progress *progress) error {
	if err := prepare(ctx, &o.config, progress); err != nil {
		return err
	}
	dir := o.location
	var err error
	if dir == "" {
		if dir, err = os.MkdirTemp("", "ringmend-lab-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	} else if dir, err = result.MakeDir(dir, &o.config); err != nil {
		return err
	}
	if err := result.WriteJSON(filepath.Join(dir, result.ConfigFile), &o.config); err != nil {
		return err
	}
	progress.end()
	stdin, isFile := p.stdin.(*os.File)
	progress.terminal = isFile && term.IsTerminal(int(stdin.Fd()))
	return startInside(ctx, insidePrompt, dir, progress, p.stdin, p.stdout)
}
