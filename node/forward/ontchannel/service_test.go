package ontchannel_test

import (
	"context"
	"encoding/binary"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/opentracing/opentracing-go"
	"github.com/opentracing/opentracing-go/mocktracer"
	"github.com/uber/tchannel-go"
	"github.com/uber/tchannel-go/json"
	"github.com/uber/tchannel-go/raw"
	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node/forward"
	"github.com/ringmend/ringmend/node/forward/ontchannel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Requests of all three formats come to the owner as they were made, and so do the answers,
// whichever node was called.
func TestAllFormats(t *testing.T) {
	servers := start(t, 2, nil, nil)
	servers[1].owns("k")
	for i, s := range servers {
		s.handle("echo", true, func(ctx context.Context, r *ontchannel.Request) (*ontchannel.Response, error) {
			if _, limited := ctx.Deadline(); !limited {
				t.Error("the handler has no deadline")
			}
			headers := maps.Clone(r.Headers)
			if headers == nil {
				headers = map[string]string{}
			}
			headers["by"] = fmt.Sprint(i)
			return &ontchannel.Response{Headers: headers, Body: r.Body, ApplicationError: strings.HasSuffix(string(r.Body), "fail")}, nil
		})
	}
	const pair = "\x00\x01\x00\x05trace\x00\x03abc"
	for _, test := range []struct {
		format     tchannel.Format
		arg2, body string
		want       []string // in arg2 of the answer
		fails      bool
	}{
		{format: tchannel.Raw, body: "k", want: []string{"\x00\x02by\x00\x011"}},
		{format: tchannel.Raw, arg2: pair, body: "k fail", want: []string{"\x00\x02by\x00\x011", pair[2:]}, fails: true},
		{format: tchannel.JSON, arg2: `{"trace":"abc"}`, body: "k", want: []string{`"by":"1"`, `"trace":"abc"`}},
		{format: tchannel.JSON, arg2: `null`, body: "k", want: []string{`{"by":"1"}`}},
		{format: tchannel.Thrift, arg2: pair, body: "k \x00\x01", want: []string{"\x00\x02by\x00\x011", pair[2:]}},
		{format: tchannel.Thrift, arg2: "\x00\x00", body: "k fail", want: []string{"\x00\x02by\x00\x011"}, fails: true},
	} {
		for _, s := range servers {
			call, err := client(t).BeginCall(within(t, await.Patience), s.address(), "kv", "echo", &tchannel.CallOptions{Format: test.format})
			if err != nil {
				t.Fatal(err)
			}
			arg2, arg3, response, err := raw.WriteArgs(call, []byte(test.arg2), []byte(test.body))
			if err != nil || string(arg3) != test.body || response.ApplicationError() != test.fails || response.Format() != test.format {
				t.Fatalf("%s %q by %s: %q, %v", test.format, test.body, s.address(), arg3, err)
			}
			for _, want := range test.want {
				if !strings.Contains(string(arg2), want) || strings.Contains(string(arg2), "hops") {
					t.Errorf("%s: headers %q, want %q", test.format, arg2, want)
				}
			}
		}
	}
}

type getRequest struct {
	Key string `json:"key"`
}

type getResponse struct {
	Value string `json:"value"`
}

// Bodies of JSON are decoded for the handler, and its errors are application errors.
func TestJSON(t *testing.T) {
	servers := start(t, 2, nil, nil)
	servers[1].owns("k", "missing")
	for i, s := range servers {
		s.service.Register("get", ontchannel.JSON(func(_ context.Context, r *getRequest) (*getResponse, error) {
			if r.Key == "missing" {
				return nil, errors.New("no such key")
			}
			return &getResponse{Value: fmt.Sprintf("%s of %d", r.Key, i)}, nil
		}, ontchannel.Idempotent, func(r *getRequest) []string { return []string{r.Key} }))
	}
	c := client(t)
	get := func(s *server, key string) (string, error) {
		var response getResponse
		ctx, cancel := tchannel.NewContext(await.Patience)
		defer cancel()
		err := json.CallPeer(json.Wrap(ctx), c.Peers().GetOrAdd(s.address()), "kv", "get", &getRequest{key}, &response)
		return response.Value, err
	}
	for _, s := range servers {
		if value, err := get(s, "k"); err != nil || value != "k of 1" {
			t.Errorf("%q, %v", value, err)
		}
		var failed json.ErrApplication
		if _, err := get(s, "missing"); !errors.As(err, &failed) || failed["message"] != "no such key" {
			t.Errorf("an error of the handler: %v", err)
		}
	}
	if _, _, _, err := raw.Call(within(t, await.Patience), c, servers[0].address(), "kv", "get", nil, []byte("{")); code(err) != "ErrCodeBadRequest" {
		t.Errorf("a body that is no JSON: %v", err)
	}
}

// What was refused by the owner is told to the caller by TChannel's codes: he can tell from
// them, too, whether the request may have been executed.
func TestCodesOfErrors(t *testing.T) {
	servers := start(t, 3, func(o *forward.Options) { o.Patience = -1; o.MaxHops = 1 }, nil)
	gone := start(t, 1, nil, nil)[0]
	gone.channel.Close()
	servers[1].owns("fenced", "works", "panics", "slow")
	servers[2].owns("other")
	servers[0].owners.Store("dead", gone.address())
	servers[0].own.Store("undecided", servers[1].address())
	servers[1].own.Store("undecided", servers[0].address())
	for _, s := range servers {
		s.handle("do", false, func(ctx context.Context, r *ontchannel.Request) (*ontchannel.Response, error) {
			if strings.HasPrefix(string(r.Body), "slow") {
				<-ctx.Done()
			}
			return nil, nil
		})
	}
	call := func(key string, limit time.Duration) error {
		_, _, _, err := raw.Call(within(t, limit), client(t), servers[0].address(), "kv", "do", nil, []byte(key))
		return err
	}
	for key, want := range map[string]string{
		"works":       "none",
		"dead":        "ErrCodeDeclined", // connection refused
		"unowned":     "ErrCodeDeclined",
		"undecided":   "ErrCodeDeclined", // nodes differ
		"works,other": "ErrCodeDeclined", // the keys diverge
		"":            "ErrCodeBadRequest",
	} {
		if err := call(key, await.Patience); code(err) != want {
			t.Errorf("key %q: %s (%v), want %s", key, code(err), err, want)
		}
	}
	fenced := errors.New("fenced")
	servers[1].accept.Store(&fenced)
	if err := call("fenced", await.Patience); code(err) != "ErrCodeDeclined" || !strings.Contains(err.Error(), "fenced") {
		t.Errorf("what the owner does not accept: %v", err)
	}
	servers[1].accept.Store(nil)
	if err := call("slow", 300*time.Millisecond); code(err) != "ErrCodeTimeout" {
		t.Errorf("the deadline: %v", err)
	}
	// A connection that breaks while the owner works: the request may have run.
	entered := make(chan struct{})
	servers[1].handle("crash", false, func(ctx context.Context, _ *ontchannel.Request) (*ontchannel.Response, error) {
		close(entered)
		<-ctx.Done()
		return nil, nil
	})
	servers[0].handle("crash", false, nil)
	result := make(chan error, 1)
	go func() {
		_, _, _, err := raw.Call(within(t, await.Patience), client(t), servers[0].address(), "kv", "crash", nil, []byte("works"))
		result <- err
	}()
	<-entered
	servers[0].hangUp()
	if err := <-result; code(err) != "ErrCodeNetwork" {
		t.Errorf("a connection that breaks: %v", err)
	}
}

// A request of the node's own is handled or forwarded like one from outside, and headers that
// no node understands are refused.
func TestOwnRequests(t *testing.T) {
	servers := start(t, 2, nil, nil)
	servers[0].owns("mine")
	servers[1].owns("theirs")
	endpoint := &ontchannel.Endpoint{
		Keys:   func(r *ontchannel.Request) ([]string, error) { return []string{string(r.Body)}, nil },
		Handle: func(context.Context, *ontchannel.Request) (*ontchannel.Response, error) { return nil, errors.New("no") },
	}
	for _, s := range servers {
		s.service.Register("do", *endpoint)
	}
	ctx := within(t, await.Patience)
	if _, err := servers[0].service.Do(ctx, endpoint, &ontchannel.Request{Endpoint: "do", Format: tchannel.Raw, Body: []byte("mine")}); err == nil || err.Error() != "no" {
		t.Errorf("its own: %v", err)
	}
	r, err := servers[0].service.Do(ctx, endpoint, &ontchannel.Request{Endpoint: "do", Format: tchannel.Raw, Body: []byte("theirs")})
	if err != nil || !r.ApplicationError {
		t.Errorf("another's: %+v, %v", r, err)
	}
	if s := servers[0].forwarder.Stats(); s.Local != 1 || s.Forwarded != 1 {
		t.Errorf("figures %+v", s)
	}
	for _, arg2 := range []string{"\x00", "\x00\x01\x00\x09x", "\x00\x00x", "\x00\x01\x00\x0dringmend-hops\x00\x01x"} {
		if _, _, _, err := raw.Call(ctx, client(t), servers[0].address(), "kv", "do", []byte(arg2), []byte("mine")); code(err) != "ErrCodeBadRequest" {
			t.Errorf("headers %q: %v", arg2, err)
		}
	}
}

// The trace of a request goes on at the owner, of each format.
func TestTraces(t *testing.T) {
	tracer := mocktracer.New()
	servers := start(t, 2, nil, tracer)
	servers[1].owns("k")
	traces := make(chan int, 1)
	for _, s := range servers {
		s.handle("do", false, func(ctx context.Context, _ *ontchannel.Request) (*ontchannel.Response, error) {
			span, ok := opentracing.SpanFromContext(ctx).(*mocktracer.MockSpan)
			if !ok {
				t.Error("no trace")
				span = new(mocktracer.MockSpan)
			}
			traces <- span.SpanContext.TraceID
			return &ontchannel.Response{Body: []byte("{}")}, nil
		})
	}
	ch, err := tchannel.NewChannel("client", &tchannel.ChannelOptions{Tracer: tracer})
	if err != nil {
		t.Fatal(err)
	}
	defer ch.Close()
	span := tracer.StartSpan("client").(*mocktracer.MockSpan)
	ctx := opentracing.ContextWithSpan(within(t, await.Patience), span)
	for _, format := range []tchannel.Format{tchannel.JSON, tchannel.Thrift} {
		call, err := ch.BeginCall(ctx, servers[0].address(), "kv", "do", &tchannel.CallOptions{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		var arg2 []byte
		headers := tchannel.InjectOutboundSpan(call.Response(), nil)
		if format == tchannel.JSON {
			arg2, err = stdjson.Marshal(headers)
		} else {
			arg2 = binary.BigEndian.AppendUint16(nil, uint16(len(headers)))
			for key, value := range headers {
				arg2 = append(binary.BigEndian.AppendUint16(arg2, uint16(len(key))), key...)
				arg2 = append(binary.BigEndian.AppendUint16(arg2, uint16(len(value))), value...)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := raw.WriteArgs(call, arg2, []byte("k")); err != nil {
			t.Fatal(err)
		}
		if got := <-traces; got != span.SpanContext.TraceID {
			t.Errorf("%s: trace %d at the owner, want %d", format, got, span.SpanContext.TraceID)
		}
	}
}
