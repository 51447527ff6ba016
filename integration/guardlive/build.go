package guardlive

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/integration/ringpopnode"
	"github.com/ringmend/ringmend/internal/proc"
)

// Build builds the programs that scenarios need into dir, and returns them by their
// letters. Ringpop-node is installed only if wanted.
func Build(ctx context.Context, dir string, ringpopNode bool) (map[string]string, error) {
	programs, packages := make(map[string]string), make(map[string]string)
	for letter, pkg := range map[string]string{"o": rig.Testpop, "g": rig.RingpopGoTestpop, "guard": rig.Guard} {
		name := "program-" + letter
		packages[name], programs[letter] = pkg, filepath.Join(dir, name)
	}
	if err := rig.Build(ctx, dir, packages); err != nil {
		return nil, err
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
	if err := proc.WriteProgram(path, script); err != nil {
		return nil, err
	}
	programs["n"] = path
	return programs, nil
}
