package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// ask gives documents to the program, and returns its lines and exit code.
func ask(t *testing.T, documents string) ([]string, int) {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(nil, strings.NewReader(documents), &out, &errs)
	if errs.Len() > 0 {
		t.Errorf("it says %s", &errs)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"), code
}

const fiveUp = `"members":[{"address":"a:1","status":"up","age":5},{"address":"b:1","status":"up","age":4},{"address":"c:1","status":"up","age":3},{"address":"d:1","status":"up","age":2},{"address":"e:1","status":"up","age":1}]`

func TestAnswers(t *testing.T) {
	for _, test := range []struct{ document, want string }{
		{`{"version":1,"id":"1","kind":"decision","mode":"parity","strategy":"keep-majority",` + fiveUp + `,"unreachable":["d:1","e:1"]}`,
			`{"id":"1","decision":"down-unreachable","down":["d:1","e:1"],"keep":["a:1","b:1","c:1"]}`},
		{`{"version":1,"id":"1","kind":"decision","mode":"guard","strategy":"keep-majority",` + fiveUp + `,"unreachable":["d:1","e:1"]}`,
			`{"id":"1","decision":"kept","own":3,"other":2,"reason":"3 of 5 are a majority"}`},
		{`{"version":1,"id":2,"kind":"decision","mode":"guard","strategy":"keep-majority",` + fiveUp + `,"side":["d:1","e:1"]}`,
			`{"id":2,"decision":"lost","own":2,"other":3,"reason":"2 of 5 are a minority"}`},
		{`{"version":1,"id":"1","kind":"decision","mode":"guard","strategy":"keep-oldest",` + fiveUp + `,"side":["e:1"]}`,
			`{"id":"1","decision":"lost","own":1,"other":4,"reason":"the oldest member e:1 is alone"}`},
		{`{"version":1,"id":"1","kind":"decision","mode":"guard","strategy":"keep-oldest","settings":{"down_if_alone":false},` + fiveUp + `,"side":["e:1"]}`,
			`{"id":"1","decision":"kept","own":1,"other":4,"reason":"the oldest member e:1 is here"}`},
		{`{"version":1,"id":"1","kind":"decision","mode":"guard","strategy":"lease-majority",` + fiveUp + `,"side":["e:1"]}`,
			`{"id":"1","decision":"kept","own":1,"other":4,"reason":"1 of 5 are a minority","delay_ms":2000,"if_denied":{"decision":"lost"}}`},
		{`{"version":1,"id":"1","kind":"decision","mode":"parity","strategy":"lease-majority",` + fiveUp + `,"side":["a:1","b:1","c:1"]}`,
			`{"id":"1","decision":"acquire-lease-and-down-unreachable","down":["d:1","e:1"],"keep":["a:1","b:1","c:1"],"delay_ms":0,"if_denied":{"decision":"down-reachable","down":["a:1","b:1","c:1"],"keep":[]}}`},
		{`{"version":1,"id":"1","kind":"decision","mode":"parity","strategy":"keep-majority",` + fiveUp + `}`,
			`{"id":"1","decision":"none","down":[],"keep":["a:1","b:1","c:1","d:1","e:1"]}`},
		{`{"version":1,"id":"1","kind":"decision","mode":"parity","strategy":"keep-majority",` + fiveUp + `,"side":["a:1","b:1","c:1","d:1","e:1"],"unreachable":["a:1","b:1"],"reachability":[{"observer":"a:1","subject":"b:1"},{"observer":"b:1","subject":"a:1"}]}`,
			`{"id":"1","decision":"down-indirectly-connected","down":["a:1","b:1"],"keep":["c:1","d:1","e:1"]}`},
		{`{"version":1,"id":"1","kind":"decision","mode":"parity","strategy":"keep-majority",` + fiveUp + `,"reachability":[{"observer":"a:1","subject":"e:1"},{"observer":"a:1","subject":"c:1"},{"observer":"e:1","subject":"c:1"}]}`,
			`{"id":"1","decision":"down-indirectly-connected","down":["a:1","b:1","c:1","d:1","e:1"],"keep":[],"error":"double-indirectly-connected"}`},
		{`{"version":1,"id":"1","kind":"decision","mode":"parity","strategy":"keep-majority","self_dc":"x","members":[{"address":"a:1","status":"up","dc":"x"},{"address":"b:1","status":"up"},{"address":"c:1","status":"up","dc":"y"}],"unreachable":["b:1","c:1"]}`,
			`{"id":"1","decision":"down-unreachable","down":["b:1"],"keep":["a:1"]}`},
		{`{"version":1,"id":"r","kind":"resolver","mode":"parity","strategy":"keep-majority","self":"a","stable_after_ms":2000,"unstable_after_ms":0,"tick_interval_ms":1000,"run_until_ms":3500,"events":[
			{"t_ms":0,"event":"up","member":{"address":"a","status":"up","age":1}},{"t_ms":0,"event":"up","member":"b"},{"t_ms":0,"event":"up","member":"c"},
			{"t_ms":0,"event":"dc-unreachable","dc":"y"},{"t_ms":0,"event":"leader","member":"a"},
			{"t_ms":500,"event":"unreachable","member":"a"},{"t_ms":1000,"event":"unreachable","member":"b"},{"t_ms":1500,"event":"unreachable","member":"b"}]}`,
			`{"id":"r","decisions":[{"t_ms":3000,"decision":"down-unreachable","down":["b"]}],"down":["b"]}`},
		{`{"version":1,"id":"r","kind":"resolver","mode":"parity","strategy":"keep-majority","self":"b","stable_after_ms":0,"run_until_ms":0,` + fiveUp + `,"events":[
			{"t_ms":0,"event":"leader","member":{"address":"a:1"}},{"t_ms":0,"event":"unreachable","member":"c:1"},{"t_ms":9,"event":"tick"}]}`,
			`{"id":"r","decisions":[],"down":[]}`},
		{`{"version":1,"id":"r","kind":"resolver","mode":"parity","strategy":"lease-majority","lease":"denied","settings":{"acquire_lease_delay_for_minority_ms":700},"self":"a:1","stable_after_ms":0,` + fiveUp + `,"events":[
			{"t_ms":0,"event":"unreachable","member":"c:1"},{"t_ms":0,"event":"unreachable","member":"d:1"},{"t_ms":0,"event":"unreachable","member":"e:1"},{"t_ms":9,"event":"tick"}]}`,
			`{"id":"r","decisions":[{"t_ms":709,"decision":"down-reachable","down":["a:1","b:1"]}],"down":["a:1","b:1"]}`},
		{`{"version":1,"id":"r","kind":"resolver","mode":"guard","strategy":"keep-majority","self":"a:1","stable_after_ms":2000,"tick_interval_ms":1000,"run_until_ms":15000,` + fiveUp + `,"events":[
			{"t_ms":1000,"event":"unreachable","member":"c:1"},{"t_ms":1000,"event":"unreachable","member":"d:1"},{"t_ms":1000,"event":"unreachable","member":"e:1"},
			{"t_ms":6000,"event":"reachable","member":"c:1"},{"t_ms":6000,"event":"reachable","member":"d:1"},{"t_ms":6000,"event":"reachable","member":"e:1"}]}`,
			`{"id":"r","decisions":[{"t_ms":3000,"decision":"lost","down":[],"own":2,"other":3,"reason":"2 of 5 are a minority"}],"down":[],"states":[{"t_ms":1000,"state":"uncertain"},{"t_ms":3000,"state":"lost"},{"t_ms":11000,"state":"stable"}]}`},
	} {
		lines, code := ask(t, test.document)
		if code != exitOK || len(lines) != 1 || lines[0] != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.document, strings.Join(lines, "\n"), test.want)
		}
	}
}

// Nonsense is said in one line, and the next documents are answered.
func TestNonsense(t *testing.T) {
	const fine = `{"version":1,"id":"fine","kind":"decision","mode":"guard","strategy":"down-all","members":[]}`
	resolver := func(more string) string {
		return `{"version":1,"id":"n","kind":"resolver","mode":"parity","strategy":"down-all","self":"a",` + more + `}`
	}
	decision := func(more string) string {
		return `{"version":1,"id":"n","kind":"decision","mode":"parity",` + more + `}`
	}
	for _, test := range []struct{ document, says string }{
		{`[1]`, `{"id":null,"error":"a document must be an object`},
		{`"x"`, `{"id":null,"error":"a document must be an object`},
		{`{"id":"n","kind":"decision"`, `{"id":null,"error":"this is no JSON`},
		{`}`, `{"id":null,"error":"this is no JSON`},
		{`{"version":1,"id":{}}`, `{"id":null,"error":"id must be a string or a number`},
		{`{"id":"n","kind":"choice"}`, `{"id":"n","error":"kind is \"choice\"`},
		{`{"version":2,"id":"n","kind":"decision"}`, `{"id":"n","error":"version is 2, this program reads 1`},
		{`{"id":"n","id":"m","kind":"decision"}`, `{"id":"m","error":"`},
		{`{"version":1,"id":"n","kind":"decision","mode":"best"}`, `mode is \"best\"`},
		{decision(`"strategy":"none"`), `no strategy \"none\"`},
		{decision(`"strategy":"off"`), `strategy is off`},
		{decision(`"strategy":"static-quorum"`), `quorum_size is 0`},
		{decision(`"strategy":"keep-referee"`), `referee is missing`},
		{decision(`"strategy":"keep-referee","settings":{"referee":"a:0"}`), `"a:0\" is neither host:port nor a host`},
		{decision(`"strategy":"keep-referee","settings":{"referee":"a","down_all_if_less_than_nodes":0}`), `down_all_if_less_than_nodes is 0`},
		{decision(`"strategy":"down-all","settings":{"acquire_lease_delay_for_minority_ms":-1}`), `acquire_lease_delay_for_minority_ms is -1`},
		{decision(`"strategy":"down-all","settings":{"quorum":1}`), `/settings/quorum is not known`},
		{decision(`"strategy":"down-all","settings":{"quorum_size":"1"}`), `/settings/quorum_size: a JSON string has no place there`},
		{decision(`"strategy":"down-all","events":[]`), `/events is not known`},
		{decision(`"strategy":"down-all","members":[{"address":"a","status":"alive"}]`), `no status \"alive\"`},
		{decision(`"strategy":"down-all","members":[{"status":"up"}]`), `number 1 has no address`},
		{decision(`"strategy":"down-all","members":[{"address":"a","status":"up"},{"address":"a","status":"up"}]`), `a is there twice`},
		{decision(`"strategy":"down-all","unreachable":["z"]`), `unreachable: \"z\" is no member`},
		{decision(`"strategy":"down-all","side":["z"]`), `side: \"z\" is no member`},
		{decision(`"strategy":"down-all","seen_by":["z"]`), `seen_by: \"z\" is no member`},
		{decision(`"strategy":"down-all","reachability":[{"observer":"a"}]`), `reachability: \"a\" is no member`},
		{`{"version":1,"id":"n","kind":"resolver","mode":"parity","strategy":"down-all"}`, `self is missing`},
		{resolver(`"lease":"maybe"`), `lease is \"maybe\"`},
		{strings.Replace(resolver(`"lease":""`), "down-all", "lease-majority", 1), `lease is missing`},
		{resolver(`"stable_after_ms":-1`), `stable_after_ms is -1`},
		{resolver(`"unstable_after_ms":-1`), `unstable_after_ms is -1`},
		{resolver(`"run_until_ms":-5`), `run_until_ms is -5`},
		{resolver(`"tick_interval_ms":1,"run_until_ms":1000000000`), `1000000000 ticks until the end are too many`},
		{resolver(`"events":[{"t_ms":-1,"event":"tick"}]`), `event 1: t_ms is -1`},
		{resolver(`"events":[{"t_ms":2,"event":"tick"},{"t_ms":1,"event":"tick"}]`), `event 2: 1 ms is before the last one`},
		{resolver(`"events":[{"t_ms":0,"event":"born"}]`), `event 1: no event \"born\"`},
		{resolver(`"events":[{"t_ms":0,"event":"up"}]`), `event 1: up without a member`},
		{resolver(`"events":[{"t_ms":0,"event":"unreachable","member":"z"}]`), `z is not known, so it needs a status`},
		{resolver(`"events":[{"t_ms":0,"event":"up","member":{"address":"b","status":"alive"}}]`), `no status \"alive\"`},
		{resolver(`"events":[{"t_ms":0,"event":"up","member":{"name":"b"}}]`), `/events/0/member/name is not known`},
	} {
		lines, code := ask(t, test.document+"\n"+fine+"\n")
		if code != exitNonsense || len(lines) != 2 || !strings.Contains(lines[0], test.says) || !strings.HasPrefix(lines[1], `{"id":"fine","decision":"lost"`) {
			t.Errorf("%s: exit code %d\n%s\nwant %s", test.document, code, strings.Join(lines, "\n"), test.says)
		}
	}
}

// A document that never ends is given up.
func TestATooLongDocument(t *testing.T) {
	lines, code := ask(t, `{"id":"`+strings.Repeat("x", maxBytes)+`"}`)
	if code != exitNonsense || len(lines) != 1 || !strings.Contains(lines[0], "more than 16777216 bytes") {
		t.Errorf("exit code %d, %.200q", code, lines)
	}
}

func TestCommandLine(t *testing.T) {
	for _, test := range []struct {
		args string
		code int
		says string
	}{
		{"--help", exitOK, "Usage: decide"},
		{"file.json", exitUsage, "unexpected argument"},
		{"--frobnicate", exitUsage, "unknown flag"},
	} {
		var out, errs bytes.Buffer
		code := run(strings.Fields(test.args), strings.NewReader(""), &out, &errs)
		if code != test.code || !strings.Contains(out.String()+errs.String(), test.says) {
			t.Errorf("%s: %d, %s%s", test.args, code, &out, &errs)
		}
	}
	var out, errs bytes.Buffer
	if code := run(nil, badReader{}, &out, &errs); code != exitNonsense || !strings.Contains(errs.String(), "is gone") {
		t.Errorf("a bad input: %d, %s", code, &errs)
	}
}

type badReader struct{}

func (badReader) Read([]byte) (int, error) { return 0, errors.New("it is gone") }

// The documents in docs/resolver.md are answered as the page says.
func TestThePageIsRight(t *testing.T) {
	page, err := os.ReadFile("../../../docs/resolver.md")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for block := range strings.SplitSeq(string(page), "```") {
		_, block, is := strings.Cut(block, "heal/resolve/decide <<'END'\n")
		if !is {
			continue
		}
		documents, answers, _ := strings.Cut(block, "END\n")
		lines, _ := ask(t, documents)
		if got := strings.Join(lines, "\n") + "\n"; got != answers {
			t.Errorf("the page says\n%s\nthe program\n%s", answers, got)
		}
		checked++
	}
	if checked < 2 {
		t.Errorf("%d examples were found", checked)
	}
}

// Whatever the input is, each line of the answer is JSON, and the exit code tells whether
// something made no sense.
func FuzzDecide(f *testing.F) {
	f.Add(`{"version":1,"id":"1","kind":"decision","mode":"parity","strategy":"keep-majority",` + fiveUp + `,"unreachable":["d:1","e:1"],"reachability":[{"observer":"a:1","subject":"b:1"}],"seen_by":["b:1"]}`)
	f.Add(`{"version":1,"id":"1","kind":"decision","mode":"guard","strategy":"static-quorum","settings":{"quorum_size":3,"role":"x"},` + fiveUp + `,"side":["d:1"]}`)
	for _, mode := range []string{"parity", "guard"} {
		f.Add(`{"version":1,"id":"r","kind":"resolver","mode":"` + mode + `","strategy":"lease-majority","lease":"granted","self":"a","stable_after_ms":5,"unstable_after_ms":3,"tick_interval_ms":2,"run_until_ms":40,"events":[
			{"t_ms":0,"event":"up","member":{"address":"a","status":"up","age":1,"roles":["x"],"dc":"d"}},{"t_ms":0,"event":"joined","member":"b"},{"t_ms":0,"event":"weakly-up","member":"c"},
			{"t_ms":1,"event":"unreachable","member":"b"},{"t_ms":2,"event":"reachability","records":[{"observer":"a","subject":"b"}]},{"t_ms":2,"event":"seen","addresses":["a"]},
			{"t_ms":3,"event":"left","member":"c"},{"t_ms":4,"event":"exited","member":"c"},{"t_ms":4,"event":"leader","member":"a"},{"t_ms":9,"event":"reachable","member":"b"},{"t_ms":9,"event":"removed","member":"b"},{"t_ms":10,"event":"tick"}]}`)
	}
	f.Add("{\"id\":1\n{}\n[[[")
	f.Fuzz(func(t *testing.T, documents string) {
		var out, errs bytes.Buffer
		code := run(nil, strings.NewReader(documents), &out, &errs)
		nonsense := errs.Len() > 0
		for line := range strings.Lines(out.String()) {
			value := jsontext.Value(strings.TrimSuffix(line, "\n"))
			if !value.IsValid() || value.Kind() != '{' {
				t.Fatalf("the answer is %q", line)
			}
			nonsense = nonsense || strings.Contains(line, `"error":`) && !strings.Contains(line, `"decision":`)
		}
		if nonsense != (code == exitNonsense) || code > exitNonsense {
			t.Fatalf("exit code %d for %s%s", code, &out, &errs)
		}
	})
}
