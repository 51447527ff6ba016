package ringpop

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pruner removes from published files the declarations that do not compile in an overlay,
// again and again until all do, and keeps why.
type pruner struct {
	overlay *overlay
	removed map[string]string // reasons, by file and name
	reasons map[string]string // by package and name, for what depends on it
}

// compileError is how the compiler says where and what is wrong.
var compileError = regexp.MustCompile(`(?m)^(?:vet: )?(?:\./)?([^\s:]+\.go):(\d+):(\d+): (.*)$`)

// prune compiles until nothing is left to remove.
func (p *pruner) prune(t *testing.T) {
	t.Helper()
	for range 30 {
		out, err := goCommand(p.overlay.dir, "test", "-exec", "true", "-vet=off", "-gcflags=-e", "./...")
		if err == nil {
			return
		}
		wrong := make(map[string][]place) // by file
		for _, m := range compileError.FindAllStringSubmatch(err.Error()+"\n"+string(out), -1) {
			line, _ := strconv.Atoi(m[2])
			file := filepath.ToSlash(strings.TrimPrefix(m[1], p.overlay.dir+"/"))
			wrong[file] = append(wrong[file], place{line, m[4]})
		}
		if len(wrong) == 0 {
			t.Fatalf("it does not compile, and there are no errors: %v\n%s", err, out)
		}
		for _, file := range slices.Sorted(maps.Keys(wrong)) { // or reasons would change from run to run
			p.file(t, file, wrong[file])
		}
	}
	t.Fatal("there are always more errors")
}

type place struct {
	line    int
	message string
}

// file removes the declarations of a file around places.
func (p *pruner) file(t *testing.T, file string, places []place) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(p.overlay.published, file)); err != nil {
		t.Fatalf("a file of this module does not compile: %s: %v", file, places)
	}
	path := filepath.Join(p.overlay.dir, file)
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, path, nil, 0) // without comments, which would stay behind
	if err != nil {
		t.Fatal(err)
	}
	around := func(n ast.Node) (string, bool) {
		for _, at := range places {
			if fset.Position(n.Pos()).Line <= at.line && at.line <= fset.Position(n.End()).Line {
				return at.message, true
			}
		}
		return "", false
	}
	before := len(p.removed)
	tree.Decls = slices.DeleteFunc(tree.Decls, func(d ast.Decl) bool {
		if g, ok := d.(*ast.GenDecl); ok {
			g.Specs = slices.DeleteFunc(g.Specs, func(s ast.Spec) bool {
				message, is := around(s)
				if is {
					p.remove(file, specName(s), message)
				}
				return is
			})
			return len(g.Specs) == 0
		}
		f := d.(*ast.FuncDecl)
		message, is := around(f)
		if is {
			p.remove(file, funcName(f), message)
		}
		return is
	})
	if len(p.removed) == before {
		t.Fatalf("nothing to remove from %s for %v", file, places)
	}
	p.withoutSetUp(file, tree)
	var out bytes.Buffer
	if err := printer.Fprint(&out, fset, tree); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// withoutSetUp removes the tests of suites whose set-up was removed.
func (p *pruner) withoutSetUp(file string, tree *ast.File) {
	tree.Decls = slices.DeleteFunc(tree.Decls, func(d ast.Decl) bool {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv == nil {
			return false
		}
		suite, name, _ := strings.Cut(funcName(f), ".")
		for _, setUp := range []string{"SetupTest", "SetupSuite"} {
			if reason, gone := p.removed[file+" "+suite+"."+setUp]; gone && strings.HasPrefix(name, "Test") {
				p.removed[file+" "+suite+"."+name] = reason
				return true
			}
		}
		return false
	})
}

var undefined = regexp.MustCompile(`(?:undefined: (\w+)|has no field or method (\w+))`)

// remove keeps why a declaration is removed: if it depends on another one that was, why that was.
func (p *pruner) remove(file, name, message string) {
	dir := filepath.Dir(file)
	if m := undefined.FindStringSubmatch(message); m != nil {
		if reason, ok := p.reasons[dir+" "+m[1]+m[2]]; ok {
			message = reason
		}
	}
	p.removed[file+" "+name] = message
	p.reasons[dir+" "+name[strings.LastIndex(name, ".")+1:]] = message
}

func specName(s ast.Spec) string {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return s.Name.Name
	case *ast.ValueSpec:
		return s.Names[0].Name
	case *ast.ImportSpec:
		return s.Path.Value
	}
	return "?"
}

// funcName returns the name of a function; of a method, after its type and a dot.
func funcName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	t := f.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	return t.(*ast.Ident).Name + "." + f.Name.Name
}
