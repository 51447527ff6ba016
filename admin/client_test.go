package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

const node wire.Address = "127.0.0.1:3000"

func TestClientCallsTheEndpointOfEachMethod(t *testing.T) {
	ctx := t.Context()
	tests := []struct {
		name string
		call func(*Client) error
		want string
	}{
		{"health", func(c *Client) error { return c.Health(ctx, node) }, "/health 127.0.0.1:3000 null"},
		{"gossip start", func(c *Client) error { return c.GossipStart(ctx, node) }, "/admin/gossip/start 127.0.0.1:3000 null"},
		{"gossip stop", func(c *Client) error { return c.GossipStop(ctx, node) }, "/admin/gossip/stop 127.0.0.1:3000 null"},
		{"gossip toggle", func(c *Client) error { return c.GossipToggle(ctx, node) }, "/admin/gossip 127.0.0.1:3000 null"},
		{"join", func(c *Client) error { return c.MemberJoin(ctx, node) }, "/admin/member/join 127.0.0.1:3000 null"},
		{"leave", func(c *Client) error { return c.MemberLeave(ctx, node) }, "/admin/member/leave 127.0.0.1:3000 null"},
		{"reap", func(c *Client) error { return c.Reap(ctx, node) }, "/admin/reap 127.0.0.1:3000 null"},
		{"debug set", func(c *Client) error { return c.DebugSet(ctx, node, "p") }, `/admin/debugSet 127.0.0.1:3000 {"debugFlag":"p"}`},
		{"debug clear", func(c *Client) error { return c.DebugClear(ctx, node) }, "/admin/debugClear 127.0.0.1:3000 null"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// Node's ringpop answers commands with "ok", which is no JSON.
			fake := &fakeCluster{nodes: map[string]fakeNode{string(node): answers("ok")}}
			if err := test.call(fake.client()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{test.want}, fake.calls); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestClientReturnsWhatTheNodeSays(t *testing.T) {
	ctx := t.Context()
	tests := []struct {
		name   string
		answer string
		call   func(*Client) (any, error)
		want   any
	}{
		{"tick", `{"checksum":4294967295,"changes":null,"source":""}`,
			func(c *Client) (any, error) { return c.Tick(ctx, node) }, uint32(4294967295)},
		{"lookup", `{"dest":"127.0.0.1:3001"}`,
			func(c *Client) (any, error) { return c.Lookup(ctx, node, "key") }, wire.Address("127.0.0.1:3001")},
		{"heal of Go", `{"targets":["127.0.0.1:3001"],"error":"one failed"}`,
			func(c *Client) (any, error) { return c.Heal(ctx, node) },
			&wire.HealResponse{Targets: []wire.Address{"127.0.0.1:3001"}, Error: "one failed"}},
		{"heal of Node", `{"targets":[]}`,
			func(c *Client) (any, error) { return c.Heal(ctx, node) },
			&wire.HealResponse{Targets: []wire.Address{}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fake := &fakeCluster{nodes: map[string]fakeNode{string(node): answers(test.answer)}}
			got, err := test.call(fake.client())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestClientRefusesBadAnswers(t *testing.T) {
	ctx := t.Context()
	stats := func(c *Client) error { _, err := c.Stats(ctx, node); return err }
	lookup := func(c *Client) error { _, err := c.Lookup(ctx, node, "key"); return err }
	heal := func(c *Client) error { _, err := c.Heal(ctx, node); return err }
	tick := func(c *Client) error { _, err := c.Tick(ctx, node); return err }
	members := func(list string) string { return `{"membership":{"checksum":1,"members":` + list + `}}` }
	tests := []struct {
		name, answer string
		call         func(*Client) error
	}{
		{"stats null", `null`, stats},
		{"stats empty", ``, stats},
		{"stats array", `[]`, stats},
		{"stats without members", `{"membership":{"checksum":1}}`, stats},
		{"stats with an unknown status", members(`[{"address":"127.0.0.1:1","status":"banana","incarnationNumber":1}]`), stats},
		{"stats with no address", members(`[{"status":"alive","incarnationNumber":1}]`), stats},
		{"stats with an escape sequence", members(`[{"address":"\u001b[2J:1","status":"alive"}]`), stats},
		{"stats with a member twice", members(`[{"address":"127.0.0.1:1","status":"alive"},{"address":"127.0.0.1:1","status":"faulty"}]`), stats},
		{"stats with too many members", members(manyMembers(wire.MaxChanges + 1)), stats},
		{"stats with a million members", members(manyMembers(1_000_000)), stats},
		{"lookup null", `null`, lookup},
		{"lookup without an owner", `{"dest":""}`, lookup},
		{"heal with an odd target", `{"targets":["x"]}`, heal},
		{"tick with a negative checksum", `{"checksum":-1}`, tick},
		{"tick not JSON", `ok`, tick},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fake := &fakeCluster{nodes: map[string]fakeNode{string(node): answers(test.answer)}}
			err := test.call(fake.client())
			if !errors.Is(err, ErrAnswer) {
				t.Fatalf("got %v, want ErrAnswer", err)
			}
			call, ok := errors.AsType[*CallError](err)
			if !ok || call.Node != node {
				t.Errorf("%v does not name the node", err)
			}
		})
	}
}

// manyMembers returns a JSON list of n members. They are one and the same, but it
// is their number that must be seen first.
func manyMembers(n int) string {
	const member = `{"address":"127.0.0.1:3000","status":"alive"}`
	return "[" + member + strings.Repeat(","+member, n-1) + "]"
}

func TestStatsSortsMembers(t *testing.T) {
	fake := &fakeCluster{nodes: map[string]fakeNode{
		string(node): sees(1, "127.0.0.1:3001", "alive", "127.0.0.1:30001", "alive", "127.0.0.1:3000", "alive"),
	}}
	stats, err := fake.client().Stats(t.Context(), node)
	if err != nil {
		t.Fatal(err)
	}
	var got []wire.Address
	for _, m := range stats.Membership.Members {
		got = append(got, m.Address)
	}
	if diff := cmp.Diff([]wire.Address{"127.0.0.1:3000", "127.0.0.1:3001", "127.0.0.1:30001"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestJoinAndLeaveTryTheOldName(t *testing.T) {
	var asked []string
	errUnknown := errors.New("no such endpoint")
	old := func(_ context.Context, endpoint string, _ []byte) ([]byte, error) {
		asked = append(asked, endpoint)
		if endpoint == wire.EndpointLeaveOld {
			return []byte("ok"), nil
		}
		return nil, errUnknown
	}
	c := (&fakeCluster{nodes: map[string]fakeNode{string(node): old}}).client()
	if err := c.MemberLeave(t.Context(), node); err != nil {
		t.Error(err)
	}
	err := c.MemberJoin(t.Context(), node)
	if call, ok := errors.AsType[*CallError](err); !ok || call.Endpoint != wire.EndpointMemberJoin || !errors.Is(err, errUnknown) {
		t.Errorf("got %v, want the error of the new name", err)
	}
	want := []string{wire.EndpointMemberLeave, wire.EndpointLeaveOld, wire.EndpointMemberJoin, wire.EndpointJoinOld}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
}

func TestClientGivesUpOnTime(t *testing.T) {
	fake := &fakeCluster{nodes: map[string]fakeNode{string(node): hangs}}
	c := NewClient(fake, time.Millisecond)
	if err := c.MemberLeave(t.Context(), node); !errors.Is(err, ErrTimeout) {
		t.Errorf("got %v, want ErrTimeout", err)
	}
	if len(fake.calls) != 1 {
		t.Errorf("a node that hangs was called %d times", len(fake.calls))
	}
}

func TestClientEndsWithItsContext(t *testing.T) {
	errStop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errStop)
	fake := &fakeCluster{nodes: map[string]fakeNode{string(node): hangs}}
	err := fake.client().Health(ctx, node)
	if !errors.Is(err, errStop) || errors.Is(err, ErrTimeout) {
		t.Errorf("got %v, want the cause of the cancellation", err)
	}
}

func TestClientReturnsTheErrorOfTheCaller(t *testing.T) {
	fake := &fakeCluster{}
	_, err := fake.client().Stats(t.Context(), node)
	if !errors.Is(err, errRefused) || !strings.Contains(err.Error(), "/admin/stats of 127.0.0.1:3000") {
		t.Errorf("got %v", err)
	}
}

func TestReasonIsShort(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	tests := []struct {
		err  error
		want string
	}{
		{refused, "connection refused"},
		{fmt.Errorf("call /health of %s: %w", node, refused), "connection refused"},
		{fmt.Errorf("call /health of %s: %w", node, &tchan.RemoteError{Message: "not ready"}), "refused: not ready"},
		{fmt.Errorf("call /health of %s: %w", node, errors.New("bad frame")), "bad frame"},
		{fmt.Errorf("%w: null", ErrAnswer), "bad answer: null"},
		{&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "x", Server: "10.0.0.53:53"}}, "no such host"},
	}
	for _, test := range tests {
		call := &CallError{Node: node, Endpoint: wire.EndpointHealth, Err: test.err}
		if got := call.Reason(); got != test.want {
			t.Errorf("%v: got %q, want %q", test.err, got, test.want)
		}
		if got, want := call.Error(), "calling /health of 127.0.0.1:3000: "+test.want; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
