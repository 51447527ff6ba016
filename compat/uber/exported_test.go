package ringpop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// goCommand runs the go command in a directory, outside of any workspace. What it prints is
// returned also when it fails.
func goCommand(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return out, nil
}

// exported returns the exported symbols of the packages of the module, as seen from a
// directory, with their types. A field or method is its type's name, a dot and its own.
func exported(t *testing.T, dir string) map[string]string {
	t.Helper()
	listed, err := goCommand(dir, "list", modulePath+"/...")
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(listed))
	keep := packages[:0]
	for _, p := range packages {
		if !programs.MatchString(p) {
			keep = append(keep, p)
		}
	}
	imports := importer.ForCompiler(token.NewFileSet(), "gc", exportData(t, dir, keep))
	symbols := make(map[string]string)
	for _, path := range keep {
		p, err := imports.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range p.Scope().Names() {
			if o := p.Scope().Lookup(name); o.Exported() {
				describe(symbols, short(path)+"."+name, o)
			}
		}
	}
	return symbols
}

// programs are packages that no other imports: commands, examples, and helpers of tests.
var programs = regexp.MustCompile(`/(examples|scripts|test|internal)(/|$)`)

// exportData returns a lookup of what the compiler has written about packages and all that
// they import.
func exportData(t *testing.T, dir string, packages []string) importer.Lookup {
	t.Helper()
	out, err := goCommand(dir, append([]string{"list", "-export", "-deps", "-json=ImportPath,Export"}, packages...)...)
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Export string }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		files[p.ImportPath] = p.Export
	}
	return func(path string) (io.ReadCloser, error) { return os.Open(files[path]) }
}

func describe(symbols map[string]string, symbol string, o types.Object) {
	switch o := o.(type) {
	case *types.Func:
		symbols[symbol] = "func" + typeText(o.Type())
	case *types.Const:
		symbols[symbol] = "const " + typeText(o.Type()) + " = " + o.Val().ExactString()
	case *types.Var:
		symbols[symbol] = "var " + typeText(o.Type())
	case *types.TypeName:
		describeType(symbols, symbol, types.Unalias(o.Type()))
	}
}

func describeType(symbols map[string]string, symbol string, t types.Type) {
	switch under := t.Underlying().(type) {
	case *types.Struct:
		symbols[symbol] = "struct"
		for f := range under.Fields() {
			if f.Exported() {
				symbols[symbol+"."+f.Name()] = "field " + typeText(f.Type())
			}
		}
	case *types.Interface:
		symbols[symbol] = "interface"
		for m := range under.Methods() {
			symbols[symbol+"."+m.Name()] = "method" + typeText(m.Type())
		}
		return
	default:
		symbols[symbol] = "type " + typeText(under)
	}
	byValue := types.NewMethodSet(t)
	for m := range types.NewMethodSet(types.NewPointer(t)).Methods() {
		if !m.Obj().Exported() {
			continue
		}
		receiver := "pointer"
		if byValue.Lookup(m.Obj().Pkg(), m.Obj().Name()) != nil {
			receiver = "value"
		}
		symbols[symbol+"."+m.Obj().Name()] = "method on " + receiver + typeText(m.Type())
	}
}

// sameTypes makes one of names that stand for the same type.
var sameTypes = strings.NewReplacer("golang.org/x/net/context.", "context.", "interface {", "interface{")

var anything = regexp.MustCompile(`\bany\b`)

// typeText is a type without names of parameters, which callers do not see.
func typeText(t types.Type) string {
	if s, ok := t.(*types.Signature); ok {
		t = types.NewSignatureType(nil, nil, nil, nameless(s.Params()), nameless(s.Results()), s.Variadic())
	}
	text := types.TypeString(t, func(p *types.Package) string { return short(p.Path()) })
	return strings.TrimPrefix(anything.ReplaceAllString(sameTypes.Replace(text), "interface{}"), "func")
}

func nameless(vars *types.Tuple) *types.Tuple {
	var without []*types.Var
	for v := range vars.Variables() {
		without = append(without, types.NewParam(token.NoPos, nil, "", v.Type()))
	}
	return types.NewTuple(without...)
}

// short returns the path of a package in its module. The types of package pop are the
// module's, by aliases.
func short(path string) string {
	for _, module := range []string{modulePath, "github.com/ringmend/ringmend/compat/pop"} {
		if in, ok := strings.CutPrefix(path, module); ok {
			return "ringpop" + in
		}
	}
	return path
}
