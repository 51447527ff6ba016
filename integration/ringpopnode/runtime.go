package ringpopnode

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// runtime is the machine's Node.
type runtime struct {
	npm string // path
	abi string // what native modules depend on: version, processor, system
	env []string
}

func findRuntime(ctx context.Context) (*runtime, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoNode, err)
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoNode, err)
	}
	const facts = `[process.execPath, process.versions.modules, process.arch, process.platform].join("\n")`
	out, err := exec.CommandContext(ctx, node, "-p", facts).Output()
	if err != nil {
		return nil, fmt.Errorf("ask %s for its version: %w", node, err)
	}
	executable, abi, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	r := &runtime{npm: npm, abi: abi}
	// A Node from a distribution has its headers beside it; node-gyp would fetch
	// others from the network.
	prefix := filepath.Dir(filepath.Dir(executable))
	if _, err := os.Stat(filepath.Join(prefix, "include", "node", "node.h")); err == nil {
		r.env = append(r.env, "npm_config_nodedir="+prefix)
	}
	return r, nil
}

// key names what determines the installed files: what npm installs from, and
// what farmhash is compiled for.
func (r *runtime) key() (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(manifest, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := manifest.ReadFile(path)
		fmt.Fprintf(hash, "%s %d %s", path, len(data), data)
		return err
	})
	fmt.Fprintf(hash, "abi %s", r.abi)
	return hex.EncodeToString(hash.Sum(nil))[:12], err
}
