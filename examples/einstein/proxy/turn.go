package proxy

import (
	"errors"
	"net/http"
)

// ErrNoNode says that no node is ready.
var ErrNoNode = errors.New("no node is ready")

// inTurn sends each request to the next node that is ready.
type inTurn struct{ p *Proxy }

// RoundTrip implements http.RoundTripper. A request that changes nothing is tried at each node
// that is ready until one answers something else than 503.
func (t inTurn) RoundTrip(r *http.Request) (*http.Response, error) {
	again := r.Method == http.MethodGet || r.Method == http.MethodHead
	first := t.p.turn.Add(1) - 1
	var refusal *http.Response
	err := ErrNoNode
	for i := range uint64(len(t.p.nodes)) {
		n := t.p.nodes[(first+i)%uint64(len(t.p.nodes))]
		if n.missing() != "" {
			continue
		}
		var answer *http.Response
		answer, err = t.p.client.RoundTrip(to(n, r))
		if refusal != nil {
			refusal.Body.Close()
			refusal = nil
		}
		switch {
		case err != nil && r.Context().Err() == nil:
			// Until the next look: it does not answer.
			t.p.found(n, err.Error())
		case err != nil:
			return nil, err
		case answer.StatusCode != http.StatusServiceUnavailable:
			return answer, nil
		default:
			refusal = answer
		}
		if !again {
			break
		}
	}
	if refusal != nil {
		return refusal, nil
	}
	return nil, err
}

func to(n *node, r *http.Request) *http.Request {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", n.address
	return r
}
