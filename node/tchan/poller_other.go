//go:build !linux

package tchan

// poller is for systems with epoll.
type poller struct{}

// poll reports false: connections have goroutines of their own here.
func (t *Transport) poll(*conn) bool { return false }

func (t *Transport) unpoll(*conn) {}

func (p *poller) close() {}
