package ringpop

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// overlay is a copy of this module with files of the published one that this one does not
// have: its tests and what they need, and its examples. They are copied at the time of the
// test and not kept.
type overlay struct {
	dir       string
	published string // the directory of the published module
}

// testModules are what published files import and this module does not.
const testModules = `
require (
	github.com/stretchr/testify v1.7.0
	github.com/cactus/go-statsd-client/statsd v0.0.0-20191106001114-12b4e2b38748
	github.com/sirupsen/logrus v1.4.2
	golang.org/x/net v0.59.0
)
`

// newOverlay copies the files of this module that are not tests, and those published files
// whose paths are wanted. It skips the test when the published module cannot be had.
func newOverlay(t *testing.T, wanted func(path string) bool) *overlay {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: it fetches the original and builds a copy")
	}
	o := &overlay{dir: t.TempDir()}
	out, err := goCommand(originalModule(t), "mod", "download", "-json", modulePath+"@"+originalVersion)
	if err != nil {
		t.Skipf("the original cannot be had: %v", err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	o.published = module.Dir
	copyFiles(t, ".", o.dir, func(path string) bool {
		return strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") || path == "go.sum"
	})
	copyFiles(t, o.published, o.dir, func(path string) bool {
		_, err := os.Stat(filepath.Join(o.dir, path))
		return err != nil && wanted(path)
	})
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	checkout, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	mod := strings.Replace(string(text), "=> ../..", "=> "+checkout, 1) + testModules
	if err := os.WriteFile(filepath.Join(o.dir, "go.mod"), []byte(mod), 0o644); err != nil {
		t.Fatal(err)
	}
	return o
}

func copyFiles(t *testing.T, from, to string, wanted func(path string) bool) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil || !wanted(filepath.ToSlash(name)) {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, text, 0o644)
	})
	if err != nil {
		t.Fatal(fmt.Errorf("copy %s: %w", from, err))
	}
}
