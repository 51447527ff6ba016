package main

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// signals are what the terminal and other processes want of this one.
type signals struct {
	end       chan os.Signal // to stop
	pause     chan os.Signal // Ctrl-Z
	goOn      chan os.Signal // after a pause
	brokenOut chan os.Signal
}

// catchSignals takes the signals that would end or stop this process.
func catchSignals() *signals {
	s := &signals{
		end:       make(chan os.Signal, 2), // the second one is not to be lost
		pause:     make(chan os.Signal, 1),
		goOn:      make(chan os.Signal, 1),
		brokenOut: make(chan os.Signal, 1),
	}
	signal.Notify(s.end, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // it is under nohup
		signal.Notify(s.end, syscall.SIGHUP)
	}
	signal.Notify(s.pause, syscall.SIGTSTP)
	signal.Notify(s.goOn, syscall.SIGCONT)
	// A write to a closed output must fail instead of ending the process. Ignoring
	// the signal would do as well, but the nodes would inherit that.
	signal.Notify(s.brokenOut, syscall.SIGPIPE)
	return s
}

func (s *signals) release() {
	for _, c := range []chan os.Signal{s.end, s.pause, s.goOn, s.brokenOut} {
		signal.Stop(c)
	}
}

// stopSelf does what Ctrl-Z does to other programs, and returns when this one
// goes on. It does nothing where no shell could wake it up again.
func (s *signals) stopSelf() {
	session, err := unix.Getsid(0)
	if err != nil || session == unix.Getpgrp() {
		return
	}
	select {
	case <-s.goOn: // an old one
	default:
	}
	// Not SIGTSTP: the Go runtime does not give up its handler of that any more.
	if syscall.Kill(syscall.Getpid(), syscall.SIGSTOP) == nil {
		<-s.goOn
	}
}
