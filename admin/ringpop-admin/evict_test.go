package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// withWord is the answer of a node in a cluster of two in which node 0 carries a word about
// node 1.
func withWord(checksum uint32, word string) string {
	return fmt.Sprintf(`{"membership":{"checksum":%d,"members":[
		{"address":"127.0.0.1:3000","status":"alive","incarnationNumber":1,"labels":{"__evict0":%q}},
		{"address":"127.0.0.1:3001","status":"alive","incarnationNumber":1}]}}`, checksum, word)
}

const (
	sayEvicted    = "elx2k1w8@127.0.0.1:3001"
	sayReadmitted = "rlx2k1w9@127.0.0.1:3001"
	ours          = `{"version":1,"resolver":"off"}`
)

// telling are nodes that take words: after that all know them.
type telling struct {
	*fakeNodes
	after  map[string]string // stats once an endpoint was called
	refuse string            // why no word is taken; empty: they are
}

// Call implements admin.Caller.
func (f *telling) Call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error) {
	stats, word := f.after[endpoint]
	if word && f.refuse != "" {
		return nil, &tchan.RemoteError{Message: f.refuse}
	}
	answer, err := f.fakeNodes.Call(ctx, address, endpoint, body)
	if word && err == nil {
		f.set("127.0.0.1:3000", stats)
		f.set("127.0.0.1:3001", stats)
	}
	return answer, err
}

// run runs the program on these nodes.
func (f *telling) run(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr strings.Builder
	p := &program{stdout: &stdout, stderr: &stderr, connect: func(tchan.Options) (connection, error) { return f, nil }}
	code := p.run(t.Context(), args)
	return result{code, stdout.String(), stderr.String()}
}

func evicting() *telling {
	nodes := pair()
	nodes.answers = map[string]string{
		"/admin/brief 127.0.0.1:3000":        ours,
		"/admin/evict 127.0.0.1:3000":        `{"status":"ok"}`,
		"/admin/readmit 127.0.0.1:3000":      `{"status":"ok"}`,
		"/admin/member/leave 127.0.0.1:3001": `{"status":"ok"}`,
		"/admin/member/join 127.0.0.1:3001":  `{"status":"rejoined"}`,
	}
	return &telling{nodes, map[string]string{
		wire.EndpointEvict: withWord(43, sayEvicted), wire.EndpointReadmit: withWord(44, sayReadmitted),
	}, ""}
}

// A member is evicted by way of another node, and one of another program is told to leave.
func TestEvict(t *testing.T) {
	nodes := evicting()
	got := nodes.run(t, "evict", "127.0.0.1:3001", "127.0.0.1:3000")
	if got.Code != 0 || !strings.HasPrefix(got.Stdout, "127.0.0.1:3001 is evicted. All 1 nodes of ringmend know it.\nIt runs another program") {
		t.Errorf("%+v", got)
	}
	if !slices.Contains(nodes.calls, "/admin/member/leave 127.0.0.1:3001") {
		t.Errorf("it was not told to leave: %v", nodes.calls)
	}
	if got := nodes.run(t, "evict", "127.0.0.1:3001", "127.0.0.1:3000"); got.Code != 1 || got.Stderr != "Error: 127.0.0.1:3001 is evicted already\n" {
		t.Errorf("%+v", got)
	}
	for _, test := range []struct{ args, want string }{
		{"status 127.0.0.1:3000", " 127.0.0.1:3001   alive    evicted\n"},
		{"status --json 127.0.0.1:3000", `"evicted":[{"address":"127.0.0.1:3001","since":"`},
		{"explain 127.0.0.1:3001 127.0.0.1:3000", "127.0.0.1:3001 is evicted, since "},
		{"explain --json 127.0.0.1:3001 127.0.0.1:3000", `"evicted":true`},
		{"top -R 127.0.0.1:3000", " 127.0.0.1:3001   alive   evicted\n"},
	} {
		if got := nodes.run(t, strings.Fields(test.args)...); got.Code != 0 || !strings.Contains(got.Stdout, test.want) {
			t.Errorf("%s: %+v", test.args, got)
		}
	}
	got = nodes.run(t, "readmit", "--json", "127.0.0.1:3001", "127.0.0.1:3000")
	if want := `{"order":"readmit","member":"127.0.0.1:3001","told":["127.0.0.1:3000"],"refused":[],"known":1,"nodes":1,"otherProgram":true}` + "\n"; got.Code != 0 || got.Stdout != want {
		t.Errorf("%+v, want %s", got, want)
	}
}

// What cannot be done says why, and nothing is done.
func TestEvictRefuses(t *testing.T) {
	for _, test := range []struct {
		args   string
		change func(*telling)
		code   int
		want   string
	}{
		{"evict", nil, 2, "Error: address is required\n"},
		{"evict 127.0.0.1", nil, 2, "Error: Expected an ip:port, hostnames are not allowed without a port.\n"},
		{"readmit 127.0.0.1:3001 127.0.0.1:3000", nil, 1, "Error: 127.0.0.1:3001 is not evicted\n"},
		{"evict 127.0.0.1:3009 127.0.0.1:3000", nil, 1, "Error: no node knows 127.0.0.1:3009. To evict it all the same give --force\n"},
		{
			"evict 127.0.0.1:3001 127.0.0.1:3000", func(n *telling) { delete(n.answers, "/admin/brief 127.0.0.1:3000") }, 1,
			"Error: no node of ringmend has answered, and others keep no evictions. Use leave, or reap if it is down for good\n",
		},
		{
			"evict 127.0.0.1:3001 127.0.0.1:3000", func(n *telling) { n.refuse = "not allowed from this address: 127.0.0.1" }, 1,
			"Error: no node has taken it: calling /admin/evict of 127.0.0.1:3000: refused: not allowed from this address: 127.0.0.1\n",
		},
	} {
		nodes := evicting()
		if test.change != nil {
			test.change(nodes)
		}
		if got := nodes.run(t, strings.Fields(test.args)...); got.Code != test.code || got.Stderr != test.want {
			t.Errorf("%s: %+v", test.args, got)
		}
	}
}

func TestEvictAsksFirst(t *testing.T) {
	nodes := evicting()
	question := ""
	p := &program{
		stdout: io.Discard, stderr: io.Discard,
		ask:     func(q string) (string, error) { question = q; return "no\n", nil },
		connect: func(tchan.Options) (connection, error) { return nodes, nil },
	}
	root := newRoot(p)
	root.SetArgs([]string{"evict", "127.0.0.1:3001", "127.0.0.1:3000"})
	if err := root.ExecuteContext(t.Context()); !errors.Is(err, errNotConfirmed) || !strings.Contains(question, "127.0.0.1:3001") {
		t.Errorf("%v, asked %q", err, question)
	}
	for _, call := range nodes.calls {
		t.Errorf("called %s", call)
	}
	p.crawler.Close()
}

// A member that is evicted owns nothing on the ring of a node that knows of it, and all that it
// did on that of another program.
func TestAnEvictedMemberOwnsNothing(t *testing.T) {
	nodes := evicting()
	evicted := withWord(43, sayEvicted)
	nodes.set("127.0.0.1:3000", strings.TrimSuffix(evicted, "}")+`,"ring":{"servers":["127.0.0.1:3000"]}}`)
	nodes.set("127.0.0.1:3001", strings.TrimSuffix(evicted, "}")+`,"ring":{"servers":["127.0.0.1:3000","127.0.0.1:3001"]}}`)
	if got := nodes.run(t, "dist", "--checksum", "go", "127.0.0.1:3000"); got.Code != 0 || !strings.Contains(got.Stdout, "127.0.0.1:3000   100%") {
		t.Errorf("%+v", got)
	}
	if got := nodes.run(t, "dist", "--checksum", "go", "127.0.0.1:3001"); got.Code != 0 || strings.Contains(got.Stdout, "100%") {
		t.Errorf("%+v", got)
	}
}
