package node_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/swim"
)

// A restarted node knows from its state file that it was fenced, and which members it misses.
func TestStateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	synctest.Test(t, func(t *testing.T) {
		keep := func(c *node.Config) {
			if c.Address == "10.0.0.1:3000" {
				c.Resolve.StateFile = path
			}
		}
		l := resolverLab(t, 3, keep)
		l.split(1, true)
		eventually(t, "it is fenced", time.Minute, func() bool { return l.serve(1, 2) })
		eventually(t, "that is written", time.Minute, func() bool {
			body, _ := os.ReadFile(path)
			return strings.Contains(string(body), `"lost": true`)
		})
		if err := l.nodes[0].Close(); err != nil {
			t.Fatal(err)
		}
		l.hosts = hostList{hosts: []string{l.address(0)}} // as if it was alone in the world
		l.nodes[0] = l.start(0, keep)
		bootstrap(t, l.nodes[0])
		time.Sleep(time.Minute)
		if _, err := l.nodes[0].Owner("a key"); !errors.Is(err, node.ErrFenced) {
			t.Errorf("after a restart: %v", err)
		}
	})
	for name, content := range map[string]string{
		"is of another version":  `{"version": 2, "address": "10.0.0.1:3000"}`,
		"is of another node":     `{"version": 1, "address": "10.0.0.2:3000"}`,
		"is no JSON":             `lost`,
		"is larger than allowed": strings.Repeat(" ", 5<<20),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		var network memnet.Network
		cfg := node.Config{App: "test", Address: "10.0.0.1:3000", Hosts: new(hostList), Transport: network.NewTransport()}
		cfg.Resolve.Strategy, cfg.Resolve.StateFile = node.DownAll, path
		if n, err := node.New(cfg); !errors.Is(err, swim.ErrConfig) || !strings.Contains(err.Error(), path) {
			t.Errorf("a file that %s: %v, %v", name, n, err)
		}
	}
}

// A file that cannot be written is told once, and when that is over.
func TestStateFileThatCannotBeWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "later")
	synctest.Test(t, func(t *testing.T) {
		l := resolverLab(t, 2, func(c *node.Config) { c.Resolve.StateFile = filepath.Join(dir, c.Address) })
		if got := strings.Count(l.logs.String(), "state cannot be written"); got != 2 {
			t.Errorf("it is said %d times by two nodes", got)
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		eventually(t, "they are written", time.Minute, func() bool {
			files, _ := os.ReadDir(dir)
			return len(files) == 2 && strings.Count(l.logs.String(), "is written to its file again") == 2
		})
	})
}
