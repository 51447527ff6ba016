package rig

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// What is built more than once.
const (
	Testpop          = "github.com/ringmend/ringmend/node/testpop"
	RingpopGoTestpop = "github.com/uber/ringpop-go/scripts/testpop"
	Guard            = "github.com/ringmend/ringmend/guard/ringmend-guard"
)

// Build builds programs into a directory: packages, by the names of the files.
func Build(ctx context.Context, dir string, packages map[string]string) error {
	for name, pkg := range packages {
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(dir, name), pkg).CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
		}
	}
	return nil
}
