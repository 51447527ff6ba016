package tchan

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/uber/tchannel-go"
	"github.com/uber/tchannel-go/json"
	"github.com/uber/tchannel-go/raw"

	"github.com/ringmend/ringmend/internal/await"
)

// newChannel is a peer as ringpop-go makes it: tchannel-go, unguarded.
func newChannel(t testing.TB, service string, listen bool) *tchannel.Channel {
	t.Helper()
	ch, err := tchannel.NewChannel(service, nil)
	if err != nil {
		t.Fatal(err)
	}
	if listen {
		if err := ch.ListenAndServe("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		ch.Close()
		waitUntil(t, "the library's channel is closed", ch.Closed)
	})
	return ch
}

func libraryContext(t testing.TB) json.Context {
	t.Helper()
	ctx, cancel := tchannel.NewContext(await.Patience)
	t.Cleanup(cancel)
	return json.Wrap(ctx)
}

type libraryBody struct {
	Text string `json:"text"`
}

func TestWeCallTheLibrarysJSONHandlers(t *testing.T) {
	ch := newChannel(t, "ringpop", true)
	var caller string
	var headers map[string]string
	err := json.Register(ch, json.Handlers{
		"/upper": func(ctx json.Context, b *libraryBody) (*libraryBody, error) {
			caller, headers = tchannel.CurrentCall(ctx).CallerName(), ctx.Headers()
			return &libraryBody{strings.ToUpper(b.Text)}, nil
		},
		"/fail": func(json.Context, *libraryBody) (*libraryBody, error) {
			return nil, errors.New("node is not ready to handle requests")
		},
	}, func(_ context.Context, err error) { t.Errorf("handler: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	address := ch.PeerInfo().HostPort
	client := newTransport(t, Options{Caller: "orders"})

	long := strings.Repeat("x", 300_000)
	for _, text := range []string{"a", long} {
		got, err := client.Call(withTimeout(t, await.Patience), address, "/upper", []byte(`{"text":"`+text+`"}`))
		if want := `{"text":"` + strings.ToUpper(text) + `"}`; err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
	}
	if caller != "orders" || len(headers) != 0 {
		t.Errorf("the library sees caller %q, headers %v", caller, headers)
	}

	_, err = client.Call(withTimeout(t, await.Patience), address, "/fail", []byte(`{}`))
	var remote *RemoteError
	if !errors.As(err, &remote) || remote.Message != "node is not ready to handle requests" {
		t.Errorf("application error: got %v", err)
	}
	_, err = client.Call(withTimeout(t, await.Patience), address, "/none", []byte(`{}`))
	if err == nil || errors.As(err, &remote) || !strings.Contains(err.Error(), "no handler") {
		t.Errorf("unknown endpoint: got %v", err)
	}
}

func TestTheLibraryCallsUsWithJSON(t *testing.T) {
	server := newServer(t, Options{}, func(_ context.Context, _ netip.AddrPort, endpoint string, body []byte) ([]byte, error) {
		if endpoint == "/fail" {
			return nil, errors.New(`it says "no"`)
		}
		return body, nil
	})
	ch := newChannel(t, "ringpop", true)
	peer := ch.Peers().Add(server.Address())
	for _, text := range []string{"a", strings.Repeat("x", 300_000)} {
		var got libraryBody
		if err := json.CallPeer(libraryContext(t), peer, "ringpop", "/echo", &libraryBody{text}, &got); err != nil {
			t.Fatal(err)
		}
		if got.Text != text {
			t.Errorf("%d bytes came back of %d", len(got.Text), len(text))
		}
	}
	withHeaders := json.WithHeaders(libraryContext(t), map[string]string{"a": "b"})
	if err := json.CallPeer(withHeaders, peer, "ringpop", "/echo", &libraryBody{}, &libraryBody{}); err != nil {
		t.Errorf("call with headers: %v", err)
	}

	err := json.CallPeer(libraryContext(t), peer, "ringpop", "/fail", &libraryBody{}, &libraryBody{})
	want := json.ErrApplication{"type": "error", "message": `it says "no"`}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Errorf("application error (-want +got):\n%s", diff)
	}
	err = json.CallPeer(libraryContext(t), peer, "other", "/echo", &libraryBody{}, &libraryBody{})
	if code := tchannel.GetSystemErrorCode(errors.Unwrap(err)); err == nil ||
		code != tchannel.ErrCodeBadRequest && !strings.Contains(err.Error(), "ErrCodeBadRequest") {
		t.Errorf("unknown service: got %v", err)
	}
}

func TestTheLibraryCallsUsRaw(t *testing.T) {
	server := newServer(t, Options{}, func(_ context.Context, _ netip.AddrPort, endpoint string, body []byte) ([]byte, error) {
		if endpoint == "/fail" {
			return nil, errors.New("no")
		}
		return append([]byte(endpoint), body...), nil
	})
	ch := newChannel(t, "admin", false)
	tests := []struct {
		name, service, endpoint, arg2 string
		wantCode                      tchannel.SystemErrCode // 0: answered
		wantRefused                   bool
		want                          string
	}{
		{name: "nothing in arg2", service: "ringpop", endpoint: "/x", want: "/x?"},
		{name: "null in arg2", service: "ringpop", endpoint: "/x", arg2: "null", want: "/x?"},
		{name: "an object in arg2", service: "ringpop", endpoint: "/x", arg2: ` {"a": ["b"]} `, want: "/x?"},
		{name: "application error", service: "ringpop", endpoint: "/fail", wantRefused: true, want: `{"type":"error","message":"no"}`},
		{name: "an array in arg2", service: "ringpop", endpoint: "/x", arg2: "[]", wantCode: tchannel.ErrCodeBadRequest},
		{name: "garbage in arg2", service: "ringpop", endpoint: "/x", arg2: "{", wantCode: tchannel.ErrCodeBadRequest},
		{name: "a nest in arg2", service: "ringpop", endpoint: "/x", arg2: strings.Repeat(`{"a":`, 3000), wantCode: tchannel.ErrCodeBadRequest},
		{name: "100 KB in arg2", service: "ringpop", endpoint: "/x", arg2: strings.Repeat(" ", 100_000), wantCode: tchannel.ErrCodeBadRequest},
		{name: "unknown service", service: "other", endpoint: "/x", wantCode: tchannel.ErrCodeBadRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			arg2, arg3, response, err := raw.Call(libraryContext(t), ch, server.Address(), tt.service, tt.endpoint, []byte(tt.arg2), []byte("?"))
			if tt.wantCode != 0 {
				if err == nil || tchannel.GetSystemErrorCode(err) != tt.wantCode {
					t.Fatalf("got %v, want %v", err, tt.wantCode)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if string(arg3) != tt.want || len(arg2) != 0 || response.ApplicationError() != tt.wantRefused || response.Format() != tchannel.Raw {
				t.Errorf("got %q, %q, refused %v, format %q", arg2, arg3, response.ApplicationError(), response.Format())
			}
		})
	}
}

func TestUnknownSchemesAreRefused(t *testing.T) {
	server := newServer(t, Options{}, echo)
	ch := newChannel(t, "admin", false)
	for format, want := range map[tchannel.Format]bool{tchannel.JSON: true, tchannel.Raw: true, tchannel.Thrift: false, "x": false} {
		call, err := ch.BeginCall(libraryContext(t), server.Address(), "ringpop", "/x", &tchannel.CallOptions{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		_, _, _, err = raw.WriteArgs(call, nil, nil)
		if got := err == nil; got != want || !want && tchannel.GetSystemErrorCode(err) != tchannel.ErrCodeBadRequest {
			t.Errorf("scheme %q: %v", format, err)
		}
	}
}

// A peer that was called by us calls back over our connection.
func TestCallsOverConnectionsThatWeDialled(t *testing.T) {
	ch := newChannel(t, "ringpop", true)
	if err := json.Register(ch, json.Handlers{
		"/x": func(json.Context, *libraryBody) (*libraryBody, error) { return &libraryBody{}, nil },
	}, func(_ context.Context, err error) { t.Errorf("handler: %v", err) }); err != nil {
		t.Fatal(err)
	}
	us := newServer(t, Options{}, func(_ context.Context, _ netip.AddrPort, _ string, body []byte) ([]byte, error) { return body, nil })
	if _, err := us.Call(withTimeout(t, await.Patience), ch.PeerInfo().HostPort, "/x", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	body := bytes.Repeat([]byte("x"), 200_000)
	_, got, _, err := raw.Call(libraryContext(t), ch, us.Address(), "ringpop", "/y", nil, body)
	if err != nil || !bytes.Equal(got, body) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if n := openConns(us); n != 1 {
		t.Errorf("%d connections, want the one that we made", n)
	}
}

// Peers of other kinds may send application errors in another form.
func TestPlainTextErrors(t *testing.T) {
	ch := newChannel(t, "ringpop", true)
	ch.Register(raw.Wrap(plainError{}), "/x")
	client := newTransport(t, Options{})
	_, err := client.Call(withTimeout(t, await.Patience), ch.PeerInfo().HostPort, "/x", nil)
	var remote *RemoteError
	if !errors.As(err, &remote) || remote.Message != "plain" {
		t.Errorf("got %v", err)
	}
}

type plainError struct{}

func (plainError) OnError(context.Context, error) {}
func (plainError) Handle(context.Context, *raw.Args) (*raw.Res, error) {
	return &raw.Res{IsErr: true, Arg3: []byte("plain")}, nil
}
