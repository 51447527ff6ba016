package guardlive

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/ringmend/ringmend/integration/ringpopnode"
)

// Build builds the programs that scenarios need into dir, and returns them by their
// letters. Ringpop-node is installed only if wanted.
func Build(ctx context.Context, dir string, ringpopNode bool) (map[string]string, error) {
	programs := make(map[string]string)
	for letter, program := range map[string]string{
		"o":     "github.com/ringmend/ringmend/node/testpop",
		"g":     "github.com/uber/ringpop-go/scripts/testpop",
		"guard": "github.com/ringmend/ringmend/guard/ringmend-guard",
	} {
		path := filepath.Join(dir, "program-"+letter)
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", path, program).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", program, err, out)
		}
		programs[letter] = path
	}
	if !ringpopNode {
		return programs, nil
	}
	mainJS, err := ringpopnode.Ensure(ctx)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "program-n")
	script := fmt.Sprintf("#!/bin/sh\nexec node '%s' \"$@\"\n", mainJS)
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		return nil, err
	}
	programs["n"] = path
	return programs, nil
}
