package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ringmend/ringmend/integration/adminlive"
	"github.com/ringmend/ringmend/integration/adminlive/picture"
)

// studio is a cluster and the terminals that look at it.
type studio struct {
	lab        *adminlive.Lab
	top, watch *adminlive.Terminal
	wide       *adminlive.Terminal
	out        string
}

const (
	width, height = 80, 20
	wideWidth     = 132 // for all columns but the labels
)

// shoot makes all pictures. It runs in the namespaces.
func shoot(out string, p adminlive.Programs) (err error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "screens-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Setenv("TESTPOP_RESOLVER", "keep-majority"); err != nil {
		return err
	}
	lab, err := adminlive.NewLab(p, dir, patience)
	if err != nil {
		return err
	}
	defer lab.Close()
	tmux, err := adminlive.StartTmux(dir)
	if err != nil {
		return err
	}
	defer tmux.Close()
	s := &studio{lab: lab, out: out}
	if s.top, err = tmux.Open(width, height, "PATH="+filepath.Dir(lab.Admin())+"; ringpop-admin top -r 1000 "+lab.Addresses[0]); err != nil {
		return err
	}
	if s.watch, err = tmux.Open(width, height, "PATH="+filepath.Dir(lab.Admin())+"; ringpop-admin watch "+lab.Addresses[0]); err != nil {
		return err
	}
	if s.wide, err = tmux.Open(wideWidth, height, "PATH="+filepath.Dir(lab.Admin())+"; ringpop-admin top -r 1000 "+lab.Addresses[0]); err != nil {
		return err
	}
	return s.play()
}

// play is the story that the pictures tell.
func (s *studio) play() error {
	steps := []func() error{
		func() error { return s.await("AGREED: 5 up") },
		pause(25 * time.Second),
		func() error { return s.lab.Cut([]int{0, 1, 2}, []int{3, 4}) },
		func() error { return s.await("SPLIT into 2 sides of 3 | 2 nodes") },
		pause(12 * time.Second),
		s.decided,
		func() error { return s.shot(s.top, width, "top-split", "top: a cluster of five on two sides") },
		func() error { return s.shot(s.wide, wideWidth, "top-wide", "top: the minority is fenced") },
		func() error { return s.shot(s.watch, width, "watch-split", "watch: a cluster of five on two sides") },
		func() error { return s.top.Press("j", "j", "j", "Enter") },
		func() error { _, err := s.top.AwaitText(patience, "  answers"); return err },
		func() error { return s.shot(s.top, width, "top-details", "top: what each side thinks of one member") },
		func() error { return s.lab.Mend() },
		func() error { return s.await("AGREED: 5 up") },
		pause(5 * time.Second),
		func() error { return s.wide.Press("j", "j", "j", "a") },
		func() error { _, err := s.wide.AwaitText(patience, "Esc nothing"); return err },
		func() error { return s.shot(s.wide, wideWidth, "top-act", "top: what can be done to a member") },
		func() error {
			return s.shot(s.watch, width, "watch-healed", "watch: the timeline of a split and its healing")
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// pause lets some time pass, for the history on the screens.
func pause(d time.Duration) func() error {
	return func() error { time.Sleep(d); return nil }
}

// decided waits until all resolvers have decided.
func (s *studio) decided() error {
	_, err := s.wide.Await(patience, "two that are fenced, and none that is uncertain", func(text string) bool {
		return strings.Count(text, "fenced") == 2 && !strings.Contains(text, "uncertain")
	})
	return err
}

func (s *studio) await(text string) error {
	for _, terminal := range []*adminlive.Terminal{s.top, s.watch} {
		if _, err := terminal.AwaitText(patience, text); err != nil {
			return err
		}
	}
	return nil
}

// shot writes what a terminal shows, as on a dark and as on a light terminal.
func (s *studio) shot(terminal *adminlive.Terminal, width int, name, title string) error {
	screen, err := terminal.Styled()
	if err != nil {
		return err
	}
	for suffix, theme := range map[string]picture.Theme{"": picture.Dark, "-light": picture.Light} {
		file := filepath.Join(s.out, name+suffix+".svg")
		if err := os.WriteFile(file, []byte(picture.SVG(screen, width, title, theme)), 0o644); err != nil {
			return err
		}
		fmt.Println(file)
	}
	return nil
}
