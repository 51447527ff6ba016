package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ringmend/ringmend/examples/internal/trial"
	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/ports"
)

func TestMain(m *testing.M) { trial.Main(m, main) }

func TestNoRequestFailsDuringARollingRestart(t *testing.T) {
	var pool ports.Pool
	take := func() string {
		address, port, err := pool.Take("127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { pool.Release(port) })
		return address
	}
	var members, servers []string
	for range 3 {
		members, servers = append(members, take()), append(servers, take())
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 10}}
	trial.Run(t, trial.Service{
		Addresses: members,
		Args: func(i int, hosts string) []string {
			return []string{"-listen", members[i], "-http", servers[i], "-hosts", hosts, "-attempt-timeout", fmt.Sprint(await.Patience)}
		},
		Ask: func(ctx context.Context, node int, key string, changes bool) (trial.Outcome, error) {
			method, body := http.MethodGet, ""
			if changes {
				method, body = http.MethodPost, "1"
			}
			return ask(ctx, client, method, "http://"+servers[node]+"/values/"+url.PathEscape(key), body)
		},
	})
}

// ask sends a request, and tells from the answer whether it was executed.
func ask(ctx context.Context, client *http.Client, method, url, body string) (trial.Outcome, error) {
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return trial.NotExecuted, err
	}
	response, err := client.Do(request)
	switch {
	case err != nil && !sent.Load():
		return trial.NotExecuted, err
	case err != nil:
		return trial.Lost, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return trial.Lost, err
	case response.Header.Get("Ringmend-Executed") == "no":
		return trial.NotExecuted, fmt.Errorf("%s: %s", response.Status, answer)
	case response.StatusCode != http.StatusOK:
		return trial.Lost, fmt.Errorf("%s: %s", response.Status, answer)
	}
	return trial.Answered, nil
}
