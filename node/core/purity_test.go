package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Below node there is no clock, no global randomness, no goroutine, no lock, no
// I/O and no log: what the state machine needs is handed in.
func TestStateMachineIsPure(t *testing.T) {
	imports := []string{"net", "os", "log", "log/slog", "sync", "context", "math/rand", "io", "runtime"}
	calls := map[string][]string{
		"time": {"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "NewTimer", "NewTicker", "Tick"},
		"rand": {"Int", "IntN", "Int64", "Int64N", "Uint32", "Uint64", "Float64", "Perm", "Shuffle", "N"},
		"fmt":  {"Print", "Printf", "Println"},
	}
	checked := 0
	for _, room := range []string{".", "../swim", "../swim/internal/table", "../wire", "../ring", "../../heal", "../../heal/resolve", "../handover", "../evict"} {
		paths, err := filepath.Glob(filepath.Join(room, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			checked++
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range file.Imports {
				if name, _ := strconv.Unquote(spec.Path.Value); slices.Contains(imports, name) {
					t.Errorf("%s imports %s", fset.Position(spec.Pos()), name)
				}
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					t.Errorf("%s starts a goroutine", fset.Position(n.Pos()))
				case *ast.SelectorExpr:
					if pkg, ok := n.X.(*ast.Ident); ok && pkg.Obj == nil && slices.Contains(calls[pkg.Name], n.Sel.Name) {
						t.Errorf("%s uses %s.%s", fset.Position(n.Pos()), pkg.Name, n.Sel.Name)
					}
				}
				return true
			})
		}
	}
	if checked < 30 {
		t.Errorf("only %d files were found", checked)
	}
}
