package gen

import (
	"bytes"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// forked are the import paths that differ in Temporal's forks.
var forked = strings.NewReplacer(
	`"github.com/uber/ringpop-go`, `"github.com/temporalio/ringpop-go`,
	`"github.com/uber/tchannel-go`, `"github.com/temporalio/tchannel-go`,
	`"github.com/ringmend/ringmend/node/tchan/onchannel"`, `"github.com/temporalio/ringpop-go/internal/onchannel"`,
)

// own are files of compat/uber that compat/temporal has another version of, or does without.
func own(name string) bool {
	return name == "go.mod" || name == "go.sum" || strings.HasPrefix(filepath.Base(name), "fork_")
}

// fork adds the files of compat/temporal: those of compat/uber, and the transport on a
// channel, which names the TChannel library.
func fork(compat string, files map[string][]byte) error {
	uber, temporal := filepath.Join(compat, "uber"), filepath.Join(compat, "temporal")
	generated := make(map[string][]byte)
	for path, text := range files {
		generated[path] = text
	}
	err := filepath.WalkDir(uber, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		name, err := filepath.Rel(uber, path)
		if err != nil || own(name) || generated[path] != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files[filepath.Join(temporal, name)], err = copied(text, "compat/uber/"+filepath.ToSlash(name))
		return err
	})
	if err != nil {
		return err
	}
	for path, text := range generated {
		name, err := filepath.Rel(uber, path)
		if err != nil {
			return err
		}
		files[filepath.Join(temporal, name)] = []byte(forked.Replace(string(text)))
	}
	return onchannel(filepath.Join(compat, "..", "node", "tchan", "onchannel"), filepath.Join(temporal, "internal", "onchannel"), files)
}

func onchannel(from, to string, files map[string][]byte) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") || own(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			return err
		}
		if files[filepath.Join(to, e.Name())], err = copied(text, "node/tchan/onchannel/"+e.Name()); err != nil {
			return err
		}
	}
	return nil
}

// copied returns a file with Temporal's import paths. The new ones have another order.
func copied(text []byte, from string) ([]byte, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, header, from)
	out.WriteString(forked.Replace(string(text)))
	return format.Source(out.Bytes())
}
