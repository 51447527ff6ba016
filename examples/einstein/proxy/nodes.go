package proxy

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// node is a node as it was found at the latest look.
type node struct {
	address string

	mu    sync.Mutex
	asked bool
	why   string // it is not ready; "" if it is
}

// missing returns why the node is not to be asked, or "".
func (n *node) missing() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.asked {
		return "not asked yet"
	}
	return n.why
}

// set remembers how the node was found, and reports whether that is news.
func (n *node) set(why string) (news bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	news = !n.asked || (n.why == "") != (why == "")
	n.asked, n.why = true, why
	return news
}

// Run looks at the nodes until ctx ends.
func (p *Proxy) Run(ctx context.Context) {
	for ctx.Err() == nil {
		p.Look(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(p.interval):
		}
	}
	p.client.CloseIdleConnections()
}

// lookTimeout is how long a node may take to say whether it is ready.
const lookTimeout = time.Second

// Look asks all nodes at once whether they are ready.
func (p *Proxy) Look(ctx context.Context) {
	var asking sync.WaitGroup
	for _, n := range p.nodes {
		asking.Go(func() {
			why := p.ask(ctx, n)
			if ctx.Err() == nil {
				p.found(n, why)
			}
		})
	}
	asking.Wait()
}

func (p *Proxy) found(n *node, why string) {
	switch {
	case !n.set(why):
	case why == "":
		p.log.Info("a node is ready", "node", n.address)
	default:
		p.log.Warn("a node is not ready", "node", n.address, "why", why)
	}
}

// maxWhy is how much of an answer is kept.
const maxWhy = 300

// ask returns why a node is not ready, or "".
func (p *Proxy) ask(ctx context.Context, n *node) string {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.address+"/readyz", nil)
	if err != nil {
		return err.Error()
	}
	answer, err := p.client.RoundTrip(r)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(answer.Body, maxWhy))
	if answer.StatusCode != http.StatusOK {
		return fmt.Sprintf("%s: %s", answer.Status, strings.TrimSpace(string(body)))
	}
	return ""
}
