package ringpop

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const modulePath = "github.com/uber/ringpop-go"

// What this module exports is what the original does, but for the differences that
// compat/surface.txt gives reasons for.
func TestSurface(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it fetches and builds the original")
	}
	original, ours := exported(t, originalModule(t)), exported(t, ".")
	if len(original) < 300 {
		t.Fatalf("the original exports %d symbols only: it was not read", len(original))
	}
	meant := meantDifferences(t)
	for _, difference := range differences(original, ours) {
		sign, symbol, _ := strings.Cut(difference, " ")
		symbol, _, _ = strings.Cut(symbol, ":")
		if !meant.cover(sign, symbol) {
			t.Error(difference)
		}
	}
	for line, found := range meant {
		if !found {
			t.Errorf("compat/surface.txt has a difference that is not there: %s", line)
		}
	}
}

// differences returns the symbols that are missing (-), of another type (~), and not in the
// original (+).
func differences(original, ours map[string]string) []string {
	var d []string
	for symbol, was := range original {
		if is, ok := ours[symbol]; !ok {
			d = append(d, fmt.Sprintf("- %s: %s", symbol, was))
		} else if is != was && is != onValue.Replace(was) {
			d = append(d, fmt.Sprintf("~ %s: is %s, was %s", symbol, is, was))
		}
	}
	for symbol, is := range ours {
		if _, ok := original[symbol]; !ok {
			d = append(d, fmt.Sprintf("+ %s: %s", symbol, is))
		}
	}
	slices.Sort(d)
	return d
}

// onValue makes a method one that can be called on values too, which breaks no program.
var onValue = strings.NewReplacer("method on pointer", "method on value")

// originalModule makes a module with the dependencies of this one that requires the original,
// and returns its directory.
func originalModule(t *testing.T) string {
	dir := t.TempDir()
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var mod strings.Builder
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.HasPrefix(line, "module "):
			fmt.Fprintf(&mod, "module surface\n\nrequire %s %s\n", modulePath, originalVersion)
		case !strings.Contains(line, "github.com/ringmend/"):
			mod.WriteString(line)
		}
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"go.mod": []byte(mod.String()), "go.sum": sums} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := goCommand(dir, "list", "-deps", modulePath, modulePath+"/replica", modulePath+"/router"); err != nil {
		t.Skipf("the original, or what it imports, cannot be had: %v", err)
	}
	return dir
}

// meant are lines of compat/surface.txt, and whether the difference was found.
type meant map[string]bool

func meantDifferences(t *testing.T) meant {
	text, err := os.ReadFile("../surface.txt")
	if err != nil {
		t.Fatal(err)
	}
	m := make(meant)
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || fields[0] == "#":
		case len(fields) != 3:
			t.Fatalf("compat/surface.txt: want module, sign and symbol: %q", line)
		case fields[0] == moduleName || fields[0] == "both":
			m[fields[1]+" "+fields[2]] = false
		}
	}
	return m
}

// cover reports whether a difference is meant: its symbol is on a line, or what that belongs to.
func (m meant) cover(sign, symbol string) bool {
	for line := range maps.Keys(m) {
		of, is := strings.CutPrefix(sign+" "+symbol, line)
		if is && (of == "" || of[0] == '.') {
			m[line] = true
			return true
		}
	}
	return false
}
