package ringpop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write ../published.txt anew; reasons of failures are kept")

const publishedList = "../published.txt"

// The published tests of ringpop-go, as far as they compile here, pass, or fail for a reason that
// compat/published.txt gives. It also lists those that do not compile, and which name they lack.
func TestPublishedTests(t *testing.T) {
	o := newOverlay(t, func(path string) bool {
		return !strings.HasPrefix(path, "examples/") && !strings.HasPrefix(path, "scripts/") && !strings.HasPrefix(path, ".") &&
			(strings.HasSuffix(path, "_test.go") || strings.Contains("/"+path, "/test/") || strings.HasSuffix(path, ".json"))
	})
	all := o.tests(t)
	p := &pruner{overlay: o, removed: make(map[string]string), reasons: make(map[string]string)}
	p.prune(t)
	results := o.run(t)
	was := readList(t)
	var lines []string
	counts := make(map[string]int)
	for _, test := range all {
		status := "passes"
		if reason, removed := p.removed[test]; removed {
			status = "does not compile: " + p.short(reason)
		} else if result, ran := results[testKey(test)]; !ran {
			status = "does not run: " + reasonOf(was[test])
		} else if result == "skip" {
			status = "skips itself"
		} else if result == "fail" {
			status = "fails: " + reasonOf(was[test])
		}
		lines = append(lines, test+" "+status)
		kind, _, _ := strings.Cut(status, ":")
		counts[kind]++
		if strings.HasSuffix(status, noReason) {
			t.Errorf("%s %s", test, status)
		}
		if was[test] != status && !*update {
			t.Errorf("%s: %q, compat/published.txt has %q: go test -run Published -update", test, status, was[test])
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%d: %s", counts[kind], kind)
	}
	if *update {
		writeList(t, lines)
	}
}

const noReason = "REASON MISSING"

func reasonOf(old string) string {
	if kind, reason, ok := strings.Cut(old, ": "); ok && (kind == "fails" || kind == "does not run") {
		return reason
	}
	return noReason
}

// short makes a message of the compiler one about a name.
func (p *pruner) short(message string) string {
	if m := undefined.FindStringSubmatch(message); m != nil {
		return m[1] + m[2]
	}
	return message
}

// testKey is how results name a test: its directory and its own name.
func testKey(test string) string {
	file, name, _ := strings.Cut(test, " ")
	return path.Dir(file) + " " + name[strings.LastIndex(name, ".")+1:]
}

// tests returns all tests of the published files, by their files and names.
func (o *overlay) tests(t *testing.T) (all []string) {
	t.Helper()
	copied, err := filepath.Glob(filepath.Join(o.dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"*/*_test.go", "*/*/*_test.go"} {
		more, _ := filepath.Glob(filepath.Join(o.dir, pattern)) // the pattern is a good one
		copied = append(copied, more...)
	}
	for _, file := range copied {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(o.dir, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && strings.HasPrefix(f.Name.Name, "Test") && !runsSuite(f) {
				all = append(all, filepath.ToSlash(name)+" "+funcName(f))
			}
		}
	}
	slices.Sort(all)
	return all
}

// runsSuite reports whether a test only runs the methods of a suite.
func runsSuite(f *ast.FuncDecl) (does bool) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Run" {
			x, ok := s.X.(*ast.Ident)
			does = does || ok && x.Name == "suite"
		}
		return true
	})
	return does
}

// run runs what is left, and returns what became of the tests: pass, fail or skip, by [testKey].
func (o *overlay) run(t *testing.T) map[string]string {
	t.Helper()
	out, err := goCommand(o.dir, "test", "-json", "-count=1", "-vet=off", "-timeout=5m", "./...")
	if err != nil {
		t.Logf("some fail: %.200s", err)
	}
	results := make(map[string]string)
	output := make(map[string]string)
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var e struct{ Action, Package, Test, Output string }
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.Test == "" {
			continue
		}
		dir := strings.TrimPrefix(strings.TrimPrefix(e.Package, modulePath), "/")
		if dir == "" {
			dir = "."
		}
		key := dir + " " + e.Test[strings.LastIndex(e.Test, "/")+1:]
		switch e.Action {
		case "output":
			output[key] += e.Output
		case "pass", "fail", "skip":
			results[key] = e.Action
			if e.Action == "fail" {
				t.Logf("%s\n%.3000s", key, output[key])
			}
		}
	}
	return results
}

const listHeader = `# The tests that ringpop-go v0.10.0 was published with, on ringmend: file, test, and whether it
# passes. A test that does not compile uses a name that only ringpop-go has, which follows. Written
# by: cd compat/uber && GOWORK=off go test -run Published -update; reasons of failures are ours.
`

func readList(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(publishedList)
	if err != nil && !*update {
		t.Fatal(err)
	}
	list := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		if fields := strings.SplitN(strings.TrimSpace(line), " ", 3); len(fields) == 3 && fields[0] != "#" {
			list[fields[0]+" "+fields[1]] = fields[2]
		}
	}
	return list
}

func writeList(t *testing.T, lines []string) {
	t.Helper()
	if err := os.WriteFile(publishedList, fmt.Appendf(nil, "%s\n%s\n", listHeader, strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}
