package vector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ringmend/ringmend/internal/proc"
)

// Program says how to start the node under test.
type Program struct {
	// Command is the program, behind its interpreter if it needs one.
	Command []string
	// Args are given to it in addition to what the vector asks for.
	Args []string
}

// sut is the node under test.
type sut struct {
	address string
	dir     string // for its hosts file
	out     *proc.Tail
	process *proc.Process // nil before it is started

	exitExpected bool // the vector has said that it ends
}

// start runs the program and returns when it accepts connections.
func (n *sut) start(ctx context.Context, program Program, hosts []string, flags map[string]any) error {
	if n.process != nil {
		return errors.New("the node was started already")
	}
	list, err := json.Marshal(hosts)
	if err != nil {
		return fmt.Errorf("hosts file: %w", err)
	}
	file := filepath.Join(n.dir, "hosts.json")
	if err := os.WriteFile(file, list, 0o644); err != nil {
		return fmt.Errorf("hosts file: %w", err)
	}
	args := slices.Clone(program.Command[1:])
	args = append(args, "--listen="+n.address, "--hosts="+file)
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		args = append(args, fmt.Sprintf("--%s=%v", name, flags[name]))
	}
	args = append(args, program.Args...)
	if n.process, err = proc.Start(proc.Spec{Path: program.Command[0], Args: args, Output: proc.To(n.out)}); err != nil {
		return err
	}
	return n.accepts(ctx)
}

// accepts waits until the node listens.
func (n *sut) accepts(ctx context.Context) error {
	return poll(ctx, 20*time.Millisecond, func() error {
		if err := n.alive(); err != nil {
			return permanent{err}
		}
		conn, err := net.DialTimeout("tcp", n.address, time.Second)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// alive returns an error that says how the node ended, if it did.
func (n *sut) alive() error {
	if n.process == nil || n.process.Running() || n.exitExpected {
		return nil
	}
	return fmt.Errorf("the node ended: %s", n.process.Ending())
}

// stop ends what is left of the node.
func (n *sut) stop() {
	if n.process != nil {
		n.process.Kill()
	}
}

// permanent is an error after which there is nothing to wait for.
type permanent struct{ error }

func (e permanent) Unwrap() error { return e.error }

// poll calls f until it returns nil or a permanent error, or ctx ends. Then it
// returns the last error of f that is not about the end of ctx.
func poll(ctx context.Context, every time.Duration, f func() error) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var last error
	for {
		err := f()
		if err == nil {
			return nil
		}
		var final permanent
		if errors.As(err, &final) {
			return final.error
		}
		if last == nil || ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return last
		case <-tick.C:
		}
	}
}
