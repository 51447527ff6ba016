package gen

import (
	"path/filepath"
)

// packages are those of pop that are re-exported, by their paths.
var packages = []string{
	"discovery", "discovery/jsonfile", "discovery/statichosts", "events", "hashring", "membership", "swim", "util",
}

// Files returns the files that are generated below a directory with pop, uber and temporal,
// by their paths.
func Files(compat string) (map[string][]byte, error) {
	files := make(map[string][]byte)
	for _, p := range packages {
		text, err := aliases(filepath.Join(compat, "pop", p), p)
		if err != nil {
			return nil, err
		}
		files[filepath.Join(compat, "uber", p, "aliases.go")] = text
	}
	if err := fork(compat, files); err != nil {
		return nil, err
	}
	return files, nil
}
