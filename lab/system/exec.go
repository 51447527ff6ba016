package system

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/workload"
)

func execKind(file string) *Kind {
	return &Kind{
		Name:  execPrefix + file,
		About: "what the file describes",
		Model: Register, // or nothing: see the file
		Refuses: map[string]string{
			"join-storm": "the file describes a fixed set of nodes",
			"clock-skew": NoSkew,
		},
		Find: func(_ context.Context, c *result.Config, _ func(string)) error {
			if c.ExecFile == "" {
				text, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				c.ExecFile = string(text)
			}
			f, err := parseExec(c.ExecFile)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			use(c, "exec", result.Program{Path: f.Start[0], Version: "unknown"})
			return nil
		},
		New: func(c *result.Config, env Env) (System, error) { return newExec(c, env) },
	}
}

// other is a system that a file describes.
type other struct {
	file    *execFile
	env     Env
	clients []*http.Client
	selves  []*http.Client
}

func newExec(c *result.Config, env Env) (System, error) {
	f, err := parseExec(c.ExecFile)
	if err != nil {
		return nil, err
	}
	o := &other{file: f, env: env}
	for _, dial := range env.Clients {
		o.clients = append(o.clients, httpFrom(dial))
	}
	for _, n := range env.Nodes {
		o.selves = append(o.selves, httpFrom(n.Self))
	}
	return o, nil
}

func (o *other) values(node int) execValues {
	v := execValues{Node: node + 1, Address: o.env.Nodes[node].Address, Dir: o.env.Nodes[node].Dir}
	for _, n := range o.env.Nodes {
		v.Nodes = append(v.Nodes, n.Address)
	}
	return v
}

func (o *other) Command(node int) Command {
	var words []string
	for _, arg := range o.file.Start {
		word, err := expand(arg, o.values(node))
		if err != nil {
			word = arg // it was tried when the file was read
		}
		words = append(words, word)
	}
	return Command{Path: words[0], Args: words[1:]}
}

func (o *other) Do(ctx context.Context, op *workload.Planned) workload.Answer {
	v := o.values(op.Node)
	v.Key, v.Value = op.Key, op.Value
	request := o.file.Read
	if op.Write {
		request = o.file.Write
	}
	code, body, err := ask(ctx, o.clients[op.Client], request, v)
	switch {
	case err != nil:
		return httpFailure(err)
	case code == http.StatusNotFound && !op.Write:
		return workload.Answer{Outcome: result.OK}
	case code >= 400 && code < 500:
		return workload.Answer{Outcome: result.Failed, Error: http.StatusText(code)}
	case code >= 300:
		return workload.Answer{Outcome: result.Unknown, Error: http.StatusText(code)}
	}
	a := workload.Answer{Outcome: result.OK}
	if !op.Write {
		text := string(body)
		a.Read = &text
	}
	return a
}

func ask(ctx context.Context, client *http.Client, r *execRequest, v execValues) (code int, body []byte, err error) {
	q, err := r.request(ctx, v)
	if err != nil {
		return 0, nil, err
	}
	return fetch(client, q)
}

func (o *other) State(ctx context.Context, node int) (State, error) {
	s := State{Leader: -1}
	ready := o.file.Ready
	if ready == nil {
		ready = o.file.Read
	}
	v := o.values(node)
	v.Key = "key-0"
	code, _, err := ask(ctx, o.selves[node], ready, v)
	if err != nil {
		return s, err
	}
	if code >= 500 {
		return s, errors.New(http.StatusText(code))
	}
	s.OK = true
	if o.file.Leader == nil {
		return s, nil
	}
	if _, body, err := ask(ctx, o.selves[node], o.file.Leader, v); err == nil {
		for i, n := range o.env.Nodes {
			if text := string(body); text == fmt.Sprint(i+1) || text == n.Address || strings.HasPrefix(text, n.Address+":") {
				s.Leader = i
			}
		}
	}
	return s, nil
}

func (o *other) Ready(states []State) error {
	for i, s := range states {
		if !s.OK {
			return fmt.Errorf("node %d does not answer", i+1)
		}
	}
	return nil
}

// Leader falls back to the first node where there is no leader.
func (o *other) Leader(states []State, _ string) (int, bool) {
	for _, s := range states {
		if s.OK && s.Leader >= 0 {
			return s.Leader, true
		}
	}
	return 0, o.file.Leader == nil
}

func (o *other) Close() {
	for _, c := range append(o.clients, o.selves...) {
		c.CloseIdleConnections()
	}
}
