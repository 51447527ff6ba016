package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ringmend/ringmend/admin/render"
)

// watch calls show every so often until ctx ends. A failure is reported and the
// watch goes on: what is worth watching is about to break, or to come back.
func (p *program) watch(ctx context.Context, every time.Duration, show func(context.Context) error) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		err := show(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			fmt.Fprintf(p.stderr, " %s   Error: %s\n", time.Now().Format(render.Clock), message(err))
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// showEvery shows once, or again and again until ctx ends when every is given.
func (p *program) showEvery(ctx context.Context, every seconds, show func(context.Context) error) error {
	if every == 0 {
		return show(ctx)
	}
	p.watch(ctx, time.Duration(every), show)
	return nil
}

// maxWait is the longest time between two looks.
const maxWait = 24 * time.Hour

// seconds is a flag with a time in seconds. 0 means that it was not given.
type seconds time.Duration

var errSeconds = errors.New("expected a number of seconds from 0.1 to 86400")

// Set implements pflag.Value.
func (s *seconds) Set(text string) error {
	number, err := strconv.ParseFloat(text, 64)
	// Written so that NaN fails too.
	if err != nil || !(number >= 0.1 && number <= maxWait.Seconds()) {
		return errSeconds
	}
	*s = seconds(number * float64(time.Second))
	return nil
}

// String implements pflag.Value.
func (s *seconds) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatFloat(time.Duration(*s).Seconds(), 'g', -1, 64)
}

// Type implements pflag.Value.
func (s *seconds) Type() string { return "SECONDS" }
