package vector

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustDecode(t *testing.T, text string) any {
	t.Helper()
	v, err := decodeJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestMatch(t *testing.T) {
	const body = `{"source":"a:1","inc":9007199254740993,"rate":1.5,"changes":[{"address":"a:1","status":"alive"},{"address":"b:1","status":"faulty"}],"none":null,"empty":[]}`
	for _, c := range []struct {
		pattern string
		differs string // empty: it matches
	}{
		{`{}`, ""},
		{`{"source":"a:1"}`, ""},
		{`{"source":"b:1"}`, `.source: is "a:1", want "b:1"`},
		{`{"missing":1}`, ".missing: is missing"},
		{`{"none":null}`, ""},
		{`{"missing":null}`, ".missing: is missing"},
		{`{"source":null}`, `.source: is "a:1", want null`},
		// A float64 could not tell these apart.
		{`{"inc":9007199254740993}`, ""},
		{`{"inc":9007199254740992}`, ".inc: is 9007199254740993"},
		{`{"rate":1.5}`, ""},
		{`{"inc":{"$above":9007199254740992}}`, ""},
		{`{"inc":{"$above":9007199254740993}}`, "want $above"},
		{`{"inc":{"$least":9007199254740993,"$most":9007199254740993}}`, ""},
		{`{"inc":{"$below":9007199254740993}}`, "want $below"},
		{`{"source":{"$above":1}}`, "want a number"},
		{`{"missing":{"$absent":true}}`, ""},
		{`{"source":{"$absent":true}}`, "want it absent"},
		{`{"missing":{"$absent":false}}`, "want it absent: false"},
		{`{"source":{"$not":"b:1"}}`, ""},
		{`{"source":{"$not":"a:1"}}`, "which it must not be"},
		{`{"source":{"$any":["b:1","a:1"]}}`, ""},
		{`{"source":{"$any":["b:1","c:1"]}}`, "want any of"},
		{`{"missing":{"$any":["",{"$absent":true}]}}`, ""},
		{`{"missing":{"$any":["",0]}}`, "want any of"},
		{`{"source":{"$text":"^a:[0-9]$"}}`, ""},
		{`{"source":{"$text":"^b"}}`, "want text like"},
		{`{"inc":{"$text":"."}}`, "want text like"},
		{`{"missing":{"$above":1}}`, "is missing"},
		// Lists are compared in any order, each element once.
		{`{"changes":[{"status":"faulty"},{"status":"alive"}]}`, ""},
		{`{"changes":[{"address":{"$text":"."}},{"address":"a:1"}]}`, ""},
		{`{"changes":[{"status":"faulty"},{"status":"faulty"}]}`, "nothing matches"},
		{`{"changes":[{"status":"alive"}]}`, "has 2 elements, want 1"},
		{`{"empty":[]}`, ""},
		{`{"changes":[]}`, "has 2 elements, want 0"},
		{`{"source":[]}`, "want a list"},
		{`{"changes":{"$has":[{"address":"b:1"}]}}`, ""},
		{`{"changes":{"$has":[{"address":"b:1","status":"alive"}]}}`, "nothing matches"},
		{`{"changes":{"$has":[{"address":"b:1"},{"status":"faulty"}]}}`, "nothing matches"},
		{`{"changes":{"$lacks":{"status":"leave"}}}`, ""},
		{`{"changes":{"$lacks":{"status":"faulty"}}}`, "which it must not"},
		{`{"changes":{"$count":2}}`, ""},
		{`{"changes":{"$count":{"$above":2}}}`, "number of elements"},
		{`{"source":{"$nonsense":1}}`, "unknown condition"},
		{`[]`, "want a list"},
	} {
		err := match(mustDecode(t, c.pattern), mustDecode(t, body), map[string]any{})
		switch {
		case err == nil && c.differs != "":
			t.Errorf("%s matches, want an error with %q", c.pattern, c.differs)
		case err != nil && (c.differs == "" || !strings.Contains(err.Error(), c.differs)):
			t.Errorf("%s: %v; want an error with %q", c.pattern, err, c.differs)
		}
	}
}

func TestMatchCapturesOnlyWhatMatched(t *testing.T) {
	value := mustDecode(t, `{"changes":[{"address":"a:1","inc":1},{"address":"b:1","inc":2}],"x":3}`)
	captures := map[string]any{}
	if err := match(mustDecode(t, `{"changes":{"$has":[{"address":"b:1","inc":{"$as":"inc"}}]},"x":{"$as":"x","$above":2}}`), value, captures); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(mustDecode(t, `{"inc":2,"x":3}`), any(captures)); diff != "" {
		t.Errorf("captured (-want +got):\n%s", diff)
	}
	captures = map[string]any{}
	if err := match(mustDecode(t, `{"x":{"$as":"x"},"y":1}`), value, captures); err == nil || len(captures) > 0 {
		t.Errorf("a pattern that does not match captured %v, error %v", captures, err)
	}
}

// testScope gives the placeholders of these tests their values.
type testScope map[string]any

func (s testScope) value(name string) (any, error) {
	if v, ok := s[name]; ok {
		return v, nil
	}
	return nil, differ("nothing is called $%s", name)
}

func (s testScope) incarnation(name string) (int64, error) {
	n, _ := integer(s[name+".inc"])
	return n, nil
}

func TestEvaluate(t *testing.T) {
	scope := testScope{"sut": "127.0.0.1:1", "1": "127.0.0.1:2", "1.inc": 100, "size": int64(5), "list": []any{"x"}}
	for text, want := range map[string]any{
		`"$sut"`:                     "127.0.0.1:1",
		`"$1"`:                       "127.0.0.1:2",
		`"$1.inc"`:                   int64(100),
		`"$1.inc+5"`:                 int64(105),
		`"$1.inc-101"`:               int64(-1),
		`"$size-2"`:                  int64(3),
		`"$list"`:                    []any{"x"},
		`"at ${1} and ${1.inc+1}"`:   "at 127.0.0.1:2 and 101",
		`"price: 5 $"`:               "price: 5 $",
		`{"a":["$1",{"b":"$size"}]}`: map[string]any{"a": []any{"127.0.0.1:2", map[string]any{"b": int64(5)}}},
	} {
		got, err := evaluate(mustDecode(t, text), scope)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{`"$nobody"`, `"$sut+1"`, `"${nobody}"`, `["$nobody"]`} {
		if v, err := evaluate(mustDecode(t, text), scope); err == nil {
			t.Errorf("%s is %v, want an error", text, v)
		}
	}
}
