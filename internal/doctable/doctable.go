package doctable

import (
	"flag"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/internal/docpage"
)

var rewrite = flag.Bool("rewrite", false, "write the tables of the documentation anew")

// Check fails the test if the table in a page is not want. The table is the part of the page
// that TestDocumentation of the package in the directory dir, "./node/metrics", say, makes with
// -rewrite.
func Check(t *testing.T, page, dir, want string) {
	t.Helper()
	command := "go test " + dir + " -run Documentation -rewrite"
	if *rewrite {
		if err := docpage.Write(page, command, want); err != nil {
			t.Fatal(err)
		}
		return
	}
	table, err := docpage.Read(page, command)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("%s is not up to date (run the test with -rewrite): %s", page, diff)
	}
}
