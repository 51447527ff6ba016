package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/ringmend/ringmend/guard/timeline"
)

// hooks notify others when a split begins and ends: a command is run, and URLs are posted
// to. Each has its own queue, so a hook that hangs does not delay the others.
type hooks struct {
	queues  []chan timeline.Event
	log     *slog.Logger
	working sync.WaitGroup
	cancel  context.CancelFunc
}

const (
	// maxQueued is how much waits for one that is slow. What does not fit is not told.
	maxQueued = 16
	// hookTime is how long a command or a post may take.
	hookTime = 30 * time.Second
	// posts is how often a post is tried.
	posts = 3
	// farewell is how long what is being told may take when the program ends.
	farewell = 2 * time.Second
)

// newHooks returns hooks for a command line of the shell, "" for none, and URLs.
func newHooks(command string, urls []string, log *slog.Logger) (*hooks, error) {
	ctx, cancel := context.WithCancel(context.Background())
	h := &hooks{log: log, cancel: cancel}
	for _, u := range urls {
		parsed, err := url.Parse(u)
		if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" {
			cancel()
			return nil, usagef("--webhook %q is not an http or https URL", u)
		}
		h.start(func(e timeline.Event) error { return post(ctx, u, e) })
	}
	if command != "" {
		h.start(func(e timeline.Event) error { return runHook(ctx, command, e) })
	}
	return h, nil
}

func (h *hooks) start(tell func(timeline.Event) error) {
	queue := make(chan timeline.Event, maxQueued)
	h.queues = append(h.queues, queue)
	h.working.Go(func() {
		for e := range queue {
			if err := tell(e); err != nil {
				h.log.Error("a hook failed", "event", e.Kind, "error", err)
			}
		}
	})
}

// tell queues notifications of splits that begin and end.
func (h *hooks) tell(events []timeline.Event) {
	for _, e := range events {
		if e.Kind != timeline.SplitBegan && e.Kind != timeline.SplitEnded {
			continue
		}
		for _, queue := range h.queues {
			select {
			case queue <- e:
			default:
				h.log.Error("a hook is too slow, and was not told", "event", e.Kind)
			}
		}
	}
}

// close waits a moment for notifications under way.
func (h *hooks) close() {
	for _, queue := range h.queues {
		close(queue)
	}
	timer := time.AfterFunc(farewell, h.cancel)
	h.working.Wait()
	timer.Stop()
	h.cancel()
}

// post posts an event as JSON.
func post(ctx context.Context, to string, e timeline.Event) (err error) {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	for i := range posts {
		if i > 0 {
			select {
			case <-time.After(time.Duration(i) * time.Second):
			case <-ctx.Done():
				return err
			}
		}
		if err = postOnce(ctx, to, body); err == nil {
			return nil
		}
	}
	return err
}

func postOnce(ctx context.Context, to string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, hookTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) // for the connection to be of use again
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s answered %s", to, response.Status)
	}
	return nil
}

// runHook runs a shell command. It gets the event in its environment, and as JSON on its
// input; nothing that nodes send is part of the command line.
func runHook(ctx context.Context, command string, e timeline.Event) error {
	ctx, cancel := context.WithTimeout(ctx, hookTime)
	defer cancel()
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Env = append(os.Environ(), "RINGMEND_EVENT="+string(e.Kind), "RINGMEND_TEXT="+e.Text,
		"RINGMEND_AT="+e.At.Format(time.RFC3339), fmt.Sprintf("RINGMEND_SECONDS=%.1f", e.Seconds))
	cmd.Stdin = bytes.NewReader(append(body, '\n'))
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %.500s", command, err, out)
	}
	return nil
}
