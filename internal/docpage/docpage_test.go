package docpage

import (
	"os"
	"path/filepath"
	"testing"
)

func TestOnlyThePartOfTheCommandIsReplaced(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	const text = "# Page\n<!-- begin: make a -->\nold a\n<!-- end -->\nbetween\n<!-- begin: make b -->\nold b\n<!-- end -->\nthe end\n"
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(page, "make b", "new b\n"); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]string{"make a": "old a\n", "make b": "new b\n"} {
		if got, err := Read(page, command); got != want || err != nil {
			t.Errorf("%s: %q, %v", command, got, err)
		}
	}
	const want = "# Page\n<!-- begin: make a -->\nold a\n<!-- end -->\nbetween\n<!-- begin: make b -->\nnew b\n<!-- end -->\nthe end\n"
	if got, err := os.ReadFile(page); string(got) != want || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAPageWithoutAPlace(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	for _, text := range []string{"# Page\n", "<!-- begin: make b -->\n<!-- end -->\n", "<!-- begin: make a -->\n"} {
		if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Write(page, "make a", "new\n"); err == nil {
			t.Errorf("%q: no error", text)
		}
		if got, _ := os.ReadFile(page); string(got) != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}
