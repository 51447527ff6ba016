package app_test

import (
	"context"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node/wire"
)

// With -resolver-policy=exit a node whose side has lost ends with code 3, for a supervisor to
// start it again, and says why. By the default policy it lives on.
func TestALostNodeEndsWithCode3(t *testing.T) {
	t.Parallel()
	short := []string{"-resolver-stable-after=1s", "-resolver-unfence-after=1s", "-suspect-period=500"}
	nodes := startCluster(t, 3, append(short, "-resolver=keep-majority", "-resolver-policy=exit")...)
	serving(t, nodes)
	nodes[1].cmd.Process.Kill()
	nodes[2].cmd.Process.Kill()
	if code := nodes[0].exitCode(t); code != 3 {
		t.Errorf("exit code %d", code)
	}
	for _, why := range []string{"are a minority", "testpop: this side of a partition has lost, and by -resolver-policy=exit the node has evicted itself"} {
		if !strings.Contains(nodes[0].said(), why) {
			t.Errorf("it does not say %q:\n%s", why, nodes[0].said())
		}
	}

	fences := startCluster(t, 2, append(short, "-resolver=down-all")...)
	serving(t, fences)
	fences[1].cmd.Process.Kill()
	await.True(t, await.Patience, "the node is fenced", func() bool { return strings.Contains(fences[0].said(), "has lost, and is fenced") })
	select {
	case <-fences[0].ended:
		t.Errorf("a node that is to be fenced has ended:\n%s", fences[0].said())
	default:
	}
}

// serving waits until all nodes serve.
func serving(t *testing.T, nodes []*process) {
	t.Helper()
	client := newClient(t)
	for _, n := range nodes {
		await.Until(t, await.Patience, func() string {
			ctx, cancel := context.WithTimeout(t.Context(), await.Patience)
			defer cancel()
			if _, err := client.Call(ctx, n.address, wire.EndpointHealth, []byte("null")); err != nil {
				return err.Error() + "\n" + n.said()
			}
			return ""
		})
	}
}
