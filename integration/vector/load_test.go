package vector

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/integration/vectors"
)

// files returns the schemas with one file of vectors.
func files(t *testing.T, content string) fstest.MapFS {
	t.Helper()
	schema, err := vectors.Files.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"schema.json": {Data: schema}, "area.json": {Data: []byte(content)}}
}

func file(vectors string) string { return `{"about":"tests","vectors":[` + vectors + `]}` }

func TestVectorsAreWellFormed(t *testing.T) {
	all, err := Load(vectors.Files)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 200 {
		t.Errorf("only %d vectors", len(all))
	}
	for _, v := range all {
		if len(v.Sizes.of([]int{1, 2, 3, 4, 5, 6, 7, 10, 21, 25, 30})) == 0 {
			t.Errorf("%s is never run", v.Name)
		}
	}
	for _, program := range []string{"ours", "ringpop-go", "ringpop-node"} {
		known, err := LoadKnown(vectors.Files, program)
		if err != nil {
			t.Fatal(err)
		}
		if unused := known.Unused(all); len(unused) > 0 {
			t.Errorf("known.json: %s: no such vectors: %v", program, unused)
		}
	}
	for _, flavour := range []string{"go", "node"} {
		if _, err := LoadBodies(vectors.Files, flavour); err != nil {
			t.Error(err)
		}
	}
}

func TestMistakesInVectorsAreFound(t *testing.T) {
	const head = `"name":"v","about":"a","source":"s","sizes":{"min":1},`
	for name, c := range map[string]struct{ content, want string }{
		"no JSON":          {`{`, "decode JSON"},
		"no vectors":       {`{"about":"x"}`, "vectors"},
		"misspelled field": {file(`{` + head + `"step":[],"steps":[]}`), "step"},
		"no source":        {file(`{"name":"v","about":"a","sizes":{"min":1},"steps":[]}`), "source"},
		"unknown verb":     {file(`{` + head + `"steps":[{"shout":"/x"}]}`), "steps/0"},
		"wrong modifier":   {file(`{` + head + `"steps":[{"call":"/x","during":5}]}`), "during"},
		"nested step":      {file(`{` + head + `"steps":[{"for":{"each":"m"},"do":[{"wait":"/x","sleep":1}]}]}`), "sleep"},
		"same name twice":  {file(`{` + head + `"steps":[]},{` + head + `"steps":[]}`), "two vectors"},
		"short row":        {file(`{` + head + `"cases":{"columns":["a","b"],"rows":[["x"]]},"steps":[]}`), "1 values for 2 columns"},
		"bad beginning":    {file(`{` + head + `"begin":"later","steps":[]}`), "begin"},
	} {
		_, err := Load(files(t, c.content))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", name, err, c.want)
		}
	}
}

func TestCasesAndSelection(t *testing.T) {
	all, err := Load(files(t, file(`
		{"name":"one","about":"a","source":"s","sizes":{"min":1},"cases":{"columns":["case","x"],"rows":[["first",1],["second",2]]},"steps":[]},
		{"name":"two","about":"a","source":"s","sizes":{"min":1},"steps":[]}`)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ only, want []string }{
		{nil, []string{"one/first", "one/second", "two"}},
		{[]string{"area"}, []string{"one/first", "one/second", "two"}},
		{[]string{"one"}, []string{"one/first", "one/second"}},
		{[]string{"one/second", "two"}, []string{"one/second", "two"}},
		{[]string{"tw"}, nil},
	} {
		var got []string
		for _, v := range all {
			if v.Selected(c.only) {
				got = append(got, v.Name)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("only %v (-want +got):\n%s", c.only, diff)
		}
	}
}

func TestSizes(t *testing.T) {
	wanted := []int{10, 1, 5, 2}
	for _, c := range []struct {
		sizes Sizes
		want  []int
	}{
		{Sizes{Min: 1}, []int{1, 2, 5, 10}},
		{Sizes{Min: 3}, []int{5, 10}},
		{Sizes{Min: 2, Max: 5}, []int{2, 5}},
		{Sizes{Min: 2, Once: true}, []int{2}},
		{Sizes{Min: 3, Max: 4}, nil},
	} {
		if got := c.sizes.of(wanted); !slices.Equal(got, c.want) {
			t.Errorf("%+v of %v is %v, want %v", c.sizes, wanted, got, c.want)
		}
	}
}

func TestKnownFailures(t *testing.T) {
	known := &Known{Failures: []KnownFailure{
		{Vectors: []string{"exact", "group/*"}, Reason: "always"},
		{Vectors: []string{"small"}, Sizes: []int{1, 2}, Reason: "when small"},
	}}
	for _, c := range []struct {
		name string
		size int
		want string
	}{
		{"exact", 9, "always"}, {"group/a", 1, "always"}, {"group", 1, ""}, {"exactly", 1, ""},
		{"small", 2, "when small"}, {"small", 3, ""},
	} {
		got := ""
		if f := known.find(c.name, c.size); f != nil {
			got = f.Reason
		}
		if got != c.want {
			t.Errorf("%s at %d: %q, want %q", c.name, c.size, got, c.want)
		}
	}
	all := []*Vector{{Name: "exact"}, {Name: "group/a"}}
	if diff := cmp.Diff([]string{"small"}, known.Unused(all)); diff != "" {
		t.Errorf("unused (-want +got):\n%s", diff)
	}
}
