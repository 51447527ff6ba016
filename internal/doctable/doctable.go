package doctable

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("rewrite", false, "write the tables of the documentation anew")

const ended = "<!-- end -->\n"

// Check fails the test if the table in a page is not want. The table stands between two
// comments, of which the first names the command that writes it: TestDocumentation of the
// package in the directory dir, which is "./node/metrics", say.
func Check(t *testing.T, page, dir, want string) {
	t.Helper()
	begin := "<!-- begin: go test " + dir + " -run Documentation -rewrite -->\n"
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), begin)
	table, after, closed := strings.Cut(rest, ended)
	if !found || !closed {
		t.Fatalf("no table in %s", page)
	}
	if *rewrite {
		if err := os.WriteFile(page, []byte(before+begin+want+ended+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("%s is not up to date (run the test with -rewrite): %s", page, diff)
	}
}
