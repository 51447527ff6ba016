package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/term"

	"github.com/ringmend/ringmend/lab/result"
)

// promptDir begins the name of the directory with the logs of a prompt; the number of the
// process follows.
const promptDir = "ringmend-lab-"

// removeOrphans removes the directories of prompts that were killed before they could.
func removeOrphans(temp string) {
	dirs, _ := filepath.Glob(filepath.Join(temp, promptDir+"[0-9]*-*"))
	for _, dir := range dirs {
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), promptDir), "-")
		if pid, err := strconv.Atoi(number); err == nil && !exists(fmt.Sprintf("/proc/%d", pid)) {
			_ = os.RemoveAll(dir) // it may be another user's
		}
	}
}

// debug starts a system, and has commands read from the standard input. Its logs are
// kept where they are asked for.
func (p *program) debug(ctx context.Context, o *options, progress *progress) error {
	if err := prepare(ctx, &o.config, progress); err != nil {
		return err
	}
	dir := o.location
	var err error
	if dir == "" {
		removeOrphans(os.TempDir())
		if dir, err = os.MkdirTemp("", fmt.Sprintf("%s%d-", promptDir, os.Getpid())); err != nil {
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
