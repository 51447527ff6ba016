package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/node"
)

// live answers when the node's state can be read. If it is stuck, the client runs into
// its own timeout.
func (cfg *Config) live(w http.ResponseWriter) {
	cfg.Node.Checksum()
	text(w, http.StatusOK, "alive\n")
}

func (cfg *Config) ready(w http.ResponseWriter) {
	if err := cfg.unready(); err != nil {
		text(w, http.StatusServiceUnavailable, "not ready: "+strings.ReplaceAll(err.Error(), "\n", "\nnot ready: ")+"\n")
		return
	}
	text(w, http.StatusOK, "ready\n")
}

// unready returns why a node should not get requests.
func (cfg *Config) unready() error {
	reasons := []error{Ready(cfg.Node)}
	for _, check := range cfg.Ready {
		reasons = append(reasons, check())
	}
	return errors.Join(reasons...)
}

// ErrNotReady is wrapped by the errors of [Ready].
var ErrNotReady = errors.New("the node is not ready")

// Ready returns why a node should not get requests: it has not joined the cluster, the
// application is unwell, an operator has evicted it, it is leaving or has left, it was declared
// faulty, or its resolver does not let it serve. Nil means that it should. A node that others
// suspect is ready: it is still in their rings, and has time to refute.
func Ready(n *node.Node) error {
	select {
	case <-n.Ready():
	default:
		return fmt.Errorf("%w: it has not joined the cluster", ErrNotReady)
	}
	if unwell := n.Health(); unwell != nil {
		return fmt.Errorf("%w: the application is unwell: %w", ErrNotReady, unwell)
	}
	if slices.ContainsFunc(n.Evictions(), func(e node.Eviction) bool { return e.Address == n.Address() }) {
		return fmt.Errorf("%w: an operator has evicted it", ErrNotReady)
	}
	if self, _ := n.Member(n.Address()); !self.Status.Pingable() {
		return fmt.Errorf("%w: its status is %v", ErrNotReady, self.Status)
	}
	if err := n.Serving(); err != nil {
		return fmt.Errorf("%w: %w", ErrNotReady, err)
	}
	return nil
}
