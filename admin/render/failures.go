package render

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// maxFailures is how many nodes that failed are named one by one.
const maxFailures = 10

// Failures is the report about nodes of a cluster that gave no usable answer. It
// is empty when there is nothing to say.
func Failures(c *admin.Cluster) string {
	var text strings.Builder
	if failed := len(c.Failed()); failed > 0 {
		fmt.Fprintf(&text, "Failed to connect to %d nodes.\n%s", failed, FailedNodes(c))
	}
	if c.Cut {
		text.WriteString("The look took too long and was cut short, see --within.\n")
	}
	if c.Skipped > 0 {
		fmt.Fprintf(&text, "Asked %d nodes, but not %d more that some of them list.\n", len(c.Nodes), c.Skipped)
	}
	return text.String()
}

// NotAnswered says how many nodes gave no usable answer, if any.
func NotAnswered(c *admin.Cluster) string {
	failed := len(c.Failed())
	if failed == 0 {
		return ""
	}
	return fmt.Sprintf("%s did not answer, as the cluster expects.\n", plural(failed, "node"))
}

// FailedNodes returns a table of the first nodes that gave no usable answer, with
// the reasons. Nodes that the cluster itself holds down come last and are
// marked: their failure is expected.
func FailedNodes(c *admin.Cluster) string {
	failed := failures(c, c.Partitions())
	slices.SortStableFunc(failed, func(a, b FailureJSON) int {
		switch {
		case a.HeldDown == b.HeldDown:
			return 0
		case b.HeldDown:
			return -1
		default:
			return 1
		}
	})
	var t table
	for _, f := range failed[:min(len(failed), maxFailures)] {
		reason := f.Error
		if f.HeldDown {
			reason += " (the cluster holds it down)"
		}
		t = append(t, []string{string(f.Address), reason})
	}
	if more := len(failed) - maxFailures; more > 0 {
		t = append(t, []string{fmt.Sprintf("and %d more", more)})
	}
	return t.String()
}

// FailureJSON is a node that gave no usable answer.
type FailureJSON struct {
	Address wire.Address `json:"address"`
	Error   string       `json:"error"`
	// HeldDown is true when no node that answered holds it alive or suspect, so
	// that no answer was to be expected.
	HeldDown bool `json:"heldDown"`
}

func failures(c *admin.Cluster, partitions []admin.Partition) []FailureJSON {
	failed := []FailureJSON{}
	for _, n := range c.Failed() {
		failed = append(failed, FailureJSON{
			Address:  n.Address,
			Error:    Reason(n),
			HeldDown: admin.HeldDown(partitions, n.Address),
		})
	}
	return failed
}

// Reason returns why a node gave no usable answer, in few words that are fit to
// be printed.
func Reason(n admin.Node) string {
	if call, ok := errors.AsType[*admin.CallError](n.Err); ok {
		return Foreign(call.Reason())
	}
	return Foreign(n.Err.Error())
}
