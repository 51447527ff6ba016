package ringpop

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

//go:embed testdata/caller.go.txt
var caller []byte

// The examples that ringpop-go is published with, and its testpop, build here, and answer as on
// the original: in rings of two of the original, one of each, and two of this module.
func TestExamples(t *testing.T) {
	o := newOverlay(t, func(path string) bool {
		return strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") &&
			(strings.HasPrefix(path, "examples/") || strings.HasPrefix(path, "scripts/testpop/"))
	})
	if err := os.MkdirAll(filepath.Join(o.dir, "caller"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.dir, "caller", "main.go"), caller, 0o644); err != nil {
		t.Fatal(err)
	}
	programs := t.TempDir()
	call := filepath.Join(programs, "caller")
	build(t, o.dir, call, "caller")
	original := originalModule(t)
	for _, example := range []string{"examples/ping-json", "examples/ping-thrift", "examples/ping-thrift-gen", "examples/keyvalue", "examples/role-labels", "scripts/testpop"} {
		name := filepath.Base(example)
		t.Run(name, func(t *testing.T) {
			stock, ours := filepath.Join(programs, name+"-original"), filepath.Join(programs, name)
			build(t, original, stock, example)
			build(t, o.dir, ours, example)
			for ring, pair := range map[string][2]string{
				"of the original": {stock, stock}, "of both": {stock, ours}, "of ringmend": {ours, ours},
			} {
				t.Run(ring, func(t *testing.T) {
					addresses, output := start(t, pair)
					answers, err := exec.Command(call, append([]string{name}, addresses...)...).CombinedOutput()
					if err != nil {
						t.Errorf("%v: %s\nthe nodes say:\n%.5000s", err, answers, output())
					}
				})
			}
		})
	}
}

// build builds a package of ringpop-go's module, as seen from a directory.
func build(t *testing.T, dir, program, pkg string) {
	t.Helper()
	if _, err := goCommand(dir, "build", "-o", program, modulePath+"/"+pkg); err != nil {
		t.Fatal(err)
	}
}

// start starts two programs that know each other, and returns their addresses and, once they
// are killed, what they have printed.
func start(t *testing.T, programs [2]string) (addresses []string, output func() string) {
	t.Helper()
	var listeners []net.Listener // both open at first, for different ports
	for range programs {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, l)
		addresses = append(addresses, l.Addr().String())
	}
	text, err := json.Marshal(addresses)
	if err != nil {
		t.Fatal(err)
	}
	hosts := filepath.Join(t.TempDir(), "hosts.json")
	if err := os.WriteFile(hosts, text, 0o644); err != nil {
		t.Fatal(err)
	}
	var kills []func()
	said := make([]bytes.Buffer, len(programs))
	for i, program := range programs {
		listeners[i].Close()
		cmd := exec.Command(program, "-listen="+addresses[i], "-hosts="+hosts)
		cmd.Stdout, cmd.Stderr = &said[i], &said[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kill := func() {
			_ = cmd.Process.Kill() // fails only if it has ended by itself
			_ = cmd.Wait()
		}
		kills = append(kills, kill)
		t.Cleanup(func() {
			if cmd.ProcessState == nil {
				kill()
			}
		})
	}
	return addresses, func() string {
		for _, kill := range kills {
			kill()
		}
		return said[0].String() + said[1].String()
	}
}
