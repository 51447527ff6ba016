package node

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The package comment lists every type of event.
func TestAllEventsAreListed(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"swim", "../heal", "."} {
		for _, name := range eventTypes(t, dir) {
			if !regexp.MustCompile(`[ ,]` + name + `(,|\n)`).Match(doc) {
				t.Errorf("%s of %s is not listed in doc.go", name, dir)
			}
		}
	}
}

// eventTypes returns the exported types of a package that have the marker method.
func eventTypes(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), dir+"/"+f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "Event" && f.Recv != nil {
				if receiver, ok := f.Recv.List[0].Type.(*ast.Ident); ok && ast.IsExported(receiver.Name) {
					names = append(names, receiver.Name)
				}
			}
		}
	}
	if len(names) == 0 {
		t.Fatalf("no events in %s", dir)
	}
	return names
}
