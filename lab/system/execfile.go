package system

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"text/template"
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

// maxExecFile bounds what is read of a file.
const maxExecFile = 1 << 20

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
