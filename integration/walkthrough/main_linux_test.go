package walkthrough

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/ringmend/ringmend/internal/netns/nstest"
)

// ringpopGo is the name of ringpop-go's own node among the programs.
const ringpopGo = "testpop-ringpop-go"

func TestMain(m *testing.M) {
	flag.Parse()
	// Most of a test is waiting, so how many run at once does not depend on the
	// number of processors.
	if err := flag.Set("test.parallel", "16"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// enter is [nstest.Enter] for tests that run at once, with the programs of this
// project built and found in PATH.
func enter(t *testing.T, needs ...string) bool {
	t.Helper()
	t.Parallel()
	if !nstest.Inside(t) {
		nstest.Need(t, needs...)
		build(t)
	}
	return nstest.Enter(t)
}

var built struct {
	sync.Once
	dir string
	err error
}

// build builds the programs, once, outside of the namespaces: there nothing could
// be downloaded.
func build(t *testing.T) {
	t.Helper()
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "ringmend-walkthrough-"); built.err != nil {
			return
		}
		built.err = os.Setenv("PATH", built.dir+":"+os.Getenv("PATH"))
		for _, b := range [][]string{
			{"../..", built.dir + "/", "./node/testpop", "./tick-cluster", "./admin/ringpop-admin", "./tools/make_partition"},
			{"..", filepath.Join(built.dir, ringpopGo), "github.com/uber/ringpop-go/scripts/testpop"},
		} {
			cmd := exec.Command("go", append([]string{"build", "-o", b[1]}, b[2:]...)...)
			cmd.Dir = b[0]
			if out, err := cmd.CombinedOutput(); err != nil && built.err == nil {
				built.err = fmt.Errorf("building: %w\n%s", err, out)
			}
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
}
