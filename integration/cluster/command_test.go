package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/integration/cluster"
	"github.com/ringmend/ringmend/internal/await"
)

func TestCommandsAreStartedWithTheirArgumentsFirst(t *testing.T) {
	program := cluster.Command(t, "printer", "printf", "<%s>", "it's", "a b", "$HOME", "")
	c := cluster.Start(t, program)
	node := c.Nodes[0]
	want := fmt.Sprintf("<it's><a b><$HOME><><--listen=%s><--hosts=", node.Address)
	c.Wait("it has printed its arguments", func(context.Context) error {
		if out := node.Output(); !strings.HasPrefix(out, want) {
			return fmt.Errorf("it printed %q, want %q first", out, want)
		}
		if node.Running() {
			return errors.New("it runs")
		}
		return nil
	})

	node.SetFlags("--never")
	node.SetFlags("--one", "--two")
	c.StartNode(0)
	c.Wait("it has printed its new arguments", func(context.Context) error {
		if out := node.Output(); !strings.HasSuffix(out, "><--one><--two>") {
			return fmt.Errorf("it printed %q", out)
		}
		return nil
	})
	if strings.Contains(node.Output(), "--never") {
		t.Error("flags that were replaced are still there")
	}
}

func TestACommandIsTheProcessThatGetsTheSignals(t *testing.T) {
	program := cluster.Command(t, "ringmend, flavour node", cluster.Build(t, cluster.Ringmend), "--checksum=node")
	if again := cluster.Command(t, "ringmend, flavour node"); again != program {
		t.Errorf("the same name is another program: %q", again)
	}
	c := cluster.Start(t, program, program)
	c.Wait("both agree", c.Agree)
	if code, err := c.Nodes[0].Terminate(await.Patience); err != nil || code != 0 {
		t.Errorf("after SIGTERM: exit code %d, %v; want 0", code, err)
	}
	answer, err := c.Nodes[1].Call(t.Context(), "/health", nil)
	if err != nil || string(answer) != "null" {
		t.Errorf("/health: %s, %v; want null", answer, err)
	}
}
