package node

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/transport"
	"github.com/ringmend/ringmend/node/wire"
)

// Bounds of the line that says why hosts were not joined.
const (
	mostReasons    = 5
	mostHosts      = 3   // for each reason
	longestReason  = 100 // bytes
	longestFailure = 300 // of discovery
)

// reasons summarizes in one line why hosts were not joined: for each reason a few hosts, the
// most frequent reason first.
func reasons(errs swim.HostErrors) string {
	type group struct {
		reason string
		hosts  []string
	}
	var groups []group
	for _, e := range errs {
		reason := reasonWords(e.Err)
		i := slices.IndexFunc(groups, func(g group) bool { return g.reason == reason })
		if i < 0 {
			i = len(groups)
			groups = append(groups, group{reason: reason})
		}
		groups[i].hosts = append(groups[i].hosts, hostWords(e))
	}
	slices.SortStableFunc(groups, func(a, b group) int { return len(b.hosts) - len(a.hosts) })
	var parts []string
	more := 0
	for i, g := range groups {
		if i >= mostReasons {
			more += len(g.hosts)
			continue
		}
		some := g.hosts[:min(len(g.hosts), mostHosts)]
		text := g.reason + ": " + strings.Join(some, ", ")
		if left := len(g.hosts) - len(some); left > 0 {
			text += fmt.Sprintf(" and %d more", left)
		}
		parts = append(parts, text)
	}
	if more > 0 {
		parts = append(parts, fmt.Sprintf("%d more for other reasons", more))
	}
	return strings.Join(parts, "; ")
}

func hostWords(e swim.HostError) string {
	if e.Address == "" || e.Host == string(e.Address) {
		return e.Host
	}
	return fmt.Sprintf("%s (%s)", e.Host, e.Address)
}

// reasonWords returns why a host was not joined, in the same words for all hosts with that
// reason.
func reasonWords(err error) string {
	var dns *net.DNSError
	var refused *wire.RemoteError
	switch {
	case errors.Is(err, discovery.ErrHosts):
		return "not host:port"
	case errors.Is(err, discovery.ErrUnresolved) && errors.As(err, &dns) && dns.IsNotFound:
		return "name does not resolve"
	case errors.Is(err, discovery.ErrUnresolved):
		return "no answer from the name server"
	case errors.Is(err, swim.ErrOtherApp):
		return "node of another app"
	case errors.Is(err, swim.ErrAddressTaken):
		return "another node with the address of this one"
	case errors.Is(err, swim.ErrOtherNode):
		return "another node answers"
	case errors.Is(err, transport.ErrNoRoom):
		return "this program has no descriptor left for a connection"
	case errors.Is(err, swim.ErrNotReady):
		return "not ready"
	case errors.As(err, &refused):
		return fmt.Sprintf("refuses with %q", shorten(refused.Message, longestReason))
	}
	switch reason := ReasonOf(err); reason {
	case wire.ReasonRefused:
		return "connection refused"
	case wire.ReasonTimeout:
		return "no answer in time"
	case wire.ReasonUnreachable:
		return "host unreachable"
	case wire.ReasonReset:
		return "connection lost"
	case wire.ReasonInvalid:
		return "invalid answer"
	}
	return shorten(err.Error(), longestReason)
}

func shorten(text string, longest int) string {
	if len(text) > longest {
		return strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}
