package netns

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/await"
)

// A namespace that is held has nothing but a loopback interface, which is up; and it is
// gone with its keeper.
func TestHold(t *testing.T) {
	if err := Available(Flags(), "ip", "nsenter"); err != nil {
		t.Skipf("skipped: %v", err)
	}
	held, err := Hold()
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	words := append(append([]string{}, held.Enter...), "ip", "-brief", "link")
	out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if links := strings.Fields(string(out)); err != nil || len(links) == 0 || links[0] != "lo" || !strings.Contains(string(out), "UP") || strings.Count(string(out), "\n") != 1 {
		t.Errorf("links: %v\n%s", err, out)
	}
	held.Close()
	await.True(t, await.Patience, "the keeper is gone", func() bool {
		_, err := os.Stat("/proc/" + words[2])
		return os.IsNotExist(err)
	})
}

func TestAvailableSaysWhyNot(t *testing.T) {
	if err := Available(Flags(), "no-such-program"); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "unshare") && !strings.Contains(err.Error(), "no-such-program is not installed") {
		t.Errorf("%v", err)
	}
	if err := Available([]string{"--no-such-flag"}); !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "exit status") {
		t.Errorf("%v", err)
	}
}
