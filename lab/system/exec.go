package system

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"text/template"
	"time"

	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/workload"
)

// execFile describes another system: a JSON object. The strings are templates of
// package text/template, with these values:
//
//	{{.Node}}     number of the node, from 1
//	{{.Address}}  its IP address
//	{{.Dir}}      its data directory
//	{{.Nodes}}    IP addresses of all nodes; {{join .Nodes ","}}
//	{{.Key}} {{.Value}}  in operations
type execFile struct {
	Version int `json:"version"`
	// Start is the command line of a node.
	Start []string `json:"start"`
	// Write, Read, Leader and Ready are HTTP requests. Those without a body are sent
	// without one; without Ready a node is ready when it accepts connections at the
	// address of Read.
	Write  *execRequest `json:"write"`
	Read   *execRequest `json:"read"`
	Ready  *execRequest `json:"ready"`
	Leader *execRequest `json:"leader"` // answers with the number of a node, or its address
	// Model is what the operations are checked against: register, or nothing.
	Model string `json:"model"`
}

type execRequest struct {
	Method string `json:"method"` // default GET, or PUT with a body
	URL    string `json:"url"`
	Body   string `json:"body"`
}

// maxExecFile and maxAnswer bound what is read of files and nodes.
const (
	maxExecFile = 1 << 20
	maxAnswer   = 1 << 20
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

// parseExec reads a description, and looks for what will not work.
func parseExec(text string) (*execFile, error) {
	if len(text) > maxExecFile {
		return nil, fmt.Errorf("it is larger than %d bytes", maxExecFile)
	}
	f := new(execFile)
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(f); err != nil {
		return nil, err
	}
	switch {
	case f.Version != 1:
		return nil, fmt.Errorf("version is %d, it must be 1", f.Version)
	case len(f.Start) == 0 || f.Start[0] == "":
		return nil, errors.New("start is empty: it is the command line of a node")
	case f.Read == nil || f.Write == nil:
		return nil, errors.New("read and write are needed, each with a url")
	case f.Model != "" && f.Model != Register:
		return nil, fmt.Errorf("model is %q, it is register or left out", f.Model)
	}
	try := execValues{Node: 1, Address: "10.88.0.1", Dir: "/", Nodes: []string{"10.88.0.1"}, Key: "k", Value: "v"}
	for _, arg := range f.Start {
		if _, err := expand(arg, try); err != nil {
			return nil, fmt.Errorf("start: %w", err)
		}
	}
	for name, r := range map[string]*execRequest{"write": f.Write, "read": f.Read, "ready": f.Ready, "leader": f.Leader} {
		if r == nil {
			continue
		}
		if _, err := r.request(context.Background(), try); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return f, nil
}

type execValues struct {
	Node         int
	Address, Dir string
	Nodes        []string
	Key, Value   string
}

func expand(text string, v execValues) (string, error) {
	t, err := template.New("").Funcs(template.FuncMap{"join": strings.Join}).Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, v)
	return out.String(), err
}

func (r *execRequest) request(ctx context.Context, v execValues) (*http.Request, error) {
	url, err := expand(r.URL, v)
	if err != nil {
		return nil, err
	}
	body, err := expand(r.Body, v)
	if err != nil {
		return nil, err
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
		if body != "" {
			method = http.MethodPut
		}
	}
	q, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err == nil && (q.URL.Scheme != "http" || q.URL.Host == "") {
		err = fmt.Errorf("url %q is none of http://HOST:PORT/PATH", url)
	}
	return q, err
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

func httpFrom(dial Dialer) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:         dial,
		MaxIdleConnsPerHost: 100,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true,
	}}
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

// httpFailure says what an error means: who was not reached has done nothing.
func httpFailure(err error) workload.Answer {
	a := workload.Answer{Outcome: result.Unknown, Error: err.Error()}
	if e := new(net.OpError); errors.As(err, &e) && e.Op == "dial" {
		a.Outcome = result.Failed
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

func fetch(client *http.Client, q *http.Request) (code int, body []byte, err error) {
	answer, err := client.Do(q)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	return answer.StatusCode, bytes.TrimSpace(body), err
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
