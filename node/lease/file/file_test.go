package file

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/lease"
	"github.com/ringmend/ringmend/node/lease/leasetest"
)

func TestLease(t *testing.T) {
	leasetest.Run(t, func(t *testing.T) func() lease.Lease {
		path := filepath.Join(t.TempDir(), "lease")
		return func() lease.Lease { return New(path) }
	})
}

func TestWhatIsNoRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lease")
	for name, content := range map[string]string{
		"empty":             "",
		"no JSON":           "leader: me",
		"of later versions": `{"version":2,"epoch":1,"holder":"x","members":["10.0.0.1:1"]}`,
		"without members":   `{"version":1,"epoch":1,"holder":"x","members":[]}`,
		"edited":            `{"version":1,"epoch":1,"holder":"x","members":["10.0.0.1:1"]}`,
		"a bomb":            strings.Repeat("[", 5<<20),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := New(path).Read(t.Context()); !errors.Is(err, lease.ErrInvalid) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		if _, err := New(path).Advance(t.Context(), 0, leasetest.Record(1, 1)); !errors.Is(err, lease.ErrInvalid) || errors.Is(err, lease.ErrConflict) {
			t.Errorf("%s: advance: %v", name, err)
		}
	}
}

// A lock that is never released delays a caller until its context ends, not longer.
func TestLockThatIsHeld(t *testing.T) {
	l := New(filepath.Join(t.TempDir(), "lease"))
	held, release := make(chan bool), make(chan bool)
	defer close(release)
	go l.locked(context.Background(), func() error { held <- true; <-release; return nil })
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := l.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("read: %v", err)
	}
}

func TestFolderThatIsMissing(t *testing.T) {
	if _, err := New(filepath.Join(t.TempDir(), "no", "lease")).Read(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("read: %v", err)
	}
}
