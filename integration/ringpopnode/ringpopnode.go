package ringpopnode

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// What a machine may lack. Tests are skipped for these reasons and for no other.
var (
	ErrNoNode    = errors.New("no node")
	ErrNoNetwork = errors.New("no network")
)

// installTimeout bounds an installation. It takes about 10 s.
const installTimeout = 5 * time.Minute

// manifest is what npm installs from.
//
//go:embed .npmrc package.json package-lock.json stand-ins
var manifest embed.FS

// ensured is one installation for all tests of a process.
var ensured = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), installTimeout)
	defer cancel()
	return Ensure(ctx)
})

// Install returns the path of ringpop-node's main.js, which it installs if that
// was not done before. It skips the test when there is no node or npm, or no
// network to install from; anything else that goes wrong fails the test.
func Install(t testing.TB) (mainJS string) {
	t.Helper()
	mainJS, err := ensured()
	switch {
	case errors.Is(err, ErrNoNode), errors.Is(err, ErrNoNetwork):
		t.Skipf("skipped: %v", err)
	case err != nil:
		t.Fatal(err)
	}
	return mainJS
}

// Ensure returns the path of ringpop-node's main.js. It installs it into the
// user's cache directory, unless this version of it is there already for this
// version of Node. The error wraps [ErrNoNode] or [ErrNoNetwork] when that is the
// reason. Several processes may call it at once.
func Ensure(ctx context.Context) (mainJS string, err error) {
	runtime, err := findRuntime(ctx)
	if err != nil {
		return "", fmt.Errorf("install ringpop-node: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("install ringpop-node: %w", err)
	}
	key, err := runtime.key()
	if err != nil {
		return "", fmt.Errorf("install ringpop-node: %w", err)
	}
	dir := filepath.Join(cache, "ringmend-ringpop-node-"+key)
	if _, err := os.Stat(dir); err != nil {
		if err := installInto(ctx, dir, runtime); err != nil {
			return "", fmt.Errorf("install ringpop-node: %w", err)
		}
	}
	return filepath.Join(dir, "node_modules", "ringpop", "main.js"), nil
}

// installInto makes dir appear when it is complete, and not before.
func installInto(ctx context.Context, dir string, r *runtime) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	unfinished, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+"-unfinished-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(unfinished)
	if err := os.CopyFS(unfinished, manifest); err != nil {
		return err
	}
	if err := r.install(ctx, unfinished); err != nil {
		return err
	}
	if err := os.Rename(unfinished, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil // if it exists, another process was faster
}
