package onhttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ringmend/ringmend/node/forward"
)

// dialTimeout is how long a connection to another node may take to be made.
const dialTimeout = time.Second

// defaultClient keeps enough connections that a busy node does not make new ones all the
// time, and takes a redirect for an answer.
func defaultClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
			MaxIdleConnsPerHost: 64,
			IdleConnTimeout:     time.Minute,
			// What the client of this node has asked for is passed on as it is.
			DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// answer is what the owner has answered.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client may be gone
}

// send makes one attempt at a request.
func (f *forwarding) send(ctx context.Context, address string) (*answer, error) {
	hostPort, err := f.Locate(address)
	if err != nil {
		return nil, forward.NotRun(err)
	}
	if err := f.buffer(); err != nil {
		return nil, forward.Answered(err)
	}
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	response, err := f.Client.Do(f.outgoing(ctx, hostPort))
	switch {
	case err != nil && !sent.Load():
		return nil, forward.NotRun(err)
	case err != nil:
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, f.MaxBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer: %w", err)
	case int64(len(body)) > f.MaxBody:
		return nil, forward.Answered(fmt.Errorf("the answer of %s is too long to be forwarded: at most %d bytes are", address, f.MaxBody))
	}
	switch response.Header.Get(executedHeader) {
	case executedNo:
		return nil, forward.NotRun(errors.New(strings.TrimSpace(string(body))))
	case executedMaybe:
		return nil, errors.New(strings.TrimSpace(string(body)))
	}
	removeConnectionHeaders(response.Header)
	return &answer{response.StatusCode, response.Header, body}, nil
}

// outgoing returns the request for another node.
func (f *forwarding) outgoing(ctx context.Context, hostPort string) *http.Request {
	out := f.request.Clone(ctx)
	out.RequestURI = ""
	out.URL.Scheme, out.URL.Host = f.Scheme, hostPort
	out.Body, out.ContentLength, out.TransferEncoding = http.NoBody, int64(len(f.body)), nil
	if len(f.body) > 0 {
		out.Body = io.NopCloser(bytes.NewReader(f.body))
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(f.body)), nil }
	}
	removeConnectionHeaders(out.Header)
	out.Header.Set(hopsHeader, strconv.Itoa(f.hops+1))
	f.Forwarder.Inject(ctx, out.Header.Set)
	if deadline, ok := ctx.Deadline(); ok {
		out.Header.Set(timeoutHeader, strconv.FormatInt(max(1, time.Until(deadline).Milliseconds()), 10))
	}
	if client, _, err := net.SplitHostPort(f.request.RemoteAddr); err == nil {
		if before := out.Header.Values("X-Forwarded-For"); len(before) > 0 {
			client = strings.Join(before, ", ") + ", " + client
		}
		out.Header.Set("X-Forwarded-For", client)
	}
	return out
}

// removeConnectionHeaders removes what is about one connection only: RFC 9110, 7.6.1.
func removeConnectionHeaders(h http.Header) {
	for _, list := range h["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			h.Del(textproto.TrimString(name))
		}
	}
	for _, name := range []string{
		"Connection", "Proxy-Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
		"Proxy-Authenticate", "Proxy-Authorization",
	} {
		h.Del(name)
	}
}
