package node

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

// The package comment lists every type of event.
func TestAllEventsAreListed(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"swim", "../heal", "../heal/resolve", "evict", "."} {
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

// A transport that registers endpoints one by one registers all of them.
func TestAllEndpointsAreListed(t *testing.T) {
	listed := wire.Endpoints()
	for endpoint := range adminHandlers {
		if !slices.Contains(listed, endpoint) {
			t.Errorf("%s is missing in wire.Endpoints", endpoint)
		}
	}
	for _, endpoint := range listed {
		if _, known := adminHandlers[endpoint]; !known && !wire.IsProtocol(endpoint) {
			t.Errorf("%s of wire.Endpoints has no handler", endpoint)
		}
	}
}
