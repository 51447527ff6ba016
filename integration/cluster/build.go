package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Program is the import path of a command that runs a node and understands
// "--listen=host:port --hosts=file".
type Program string

// The programs that clusters are made of.
const (
	Ringmend  Program = "github.com/ringmend/ringmend/node/testpop"
	RingpopGo Program = "github.com/uber/ringpop-go/scripts/testpop"
)

// builds holds the programs built so far, for the whole test run.
var builds struct {
	sync.Mutex
	dir   string
	paths map[Program]string
}

// Main runs the tests of a package and removes what [Build] built. It returns
// the exit code. A package whose tests use clusters calls it from TestMain.
func Main(m *testing.M) int {
	dir, err := os.MkdirTemp("", "ringmend-integration-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	builds.dir = dir
	builds.paths = map[Program]string{}
	return m.Run()
}

// Build returns the path of the program's executable. It is compiled when it is
// first asked for.
func Build(t testing.TB, program Program) string {
	t.Helper()
	builds.Lock()
	defer builds.Unlock()
	if builds.dir == "" {
		t.Fatal("cluster.Main must be called from TestMain")
	}
	if built, ok := builds.paths[program]; ok {
		return built
	}
	name := strings.ReplaceAll(path.Dir(string(program)), "/", "-") + "-" + path.Base(string(program))
	built := filepath.Join(builds.dir, name)
	build := exec.Command("go", "build", "-o", built, string(program))
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", program, err, out)
	}
	builds.paths[program] = built
	return built
}
