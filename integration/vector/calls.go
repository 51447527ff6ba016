package vector

import (
	"sync"
)

// call is a call that the node made to a fake.
type call struct {
	to       *fake
	endpoint string
	body     any
	waited   bool // a wait has been satisfied by it
}

// callLog holds the calls of the node since they were last forgotten.
type callLog struct {
	mu    sync.Mutex
	calls []*call
	news  chan struct{} // closed and replaced when there is a new one
}

func newCallLog() *callLog { return &callLog{news: make(chan struct{})} }

func (l *callLog) add(c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, c)
	close(l.news)
	l.news = make(chan struct{})
}

func (l *callLog) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = nil
}

// each calls f for every call of an endpoint until it returns false, and returns
// a channel that is closed when there is another one.
func (l *callLog) each(endpoint string, f func(*call) bool) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.calls {
		if c.endpoint == endpoint && !f(c) {
			break
		}
	}
	return l.news
}
