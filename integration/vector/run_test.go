package vector_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ringmend/ringmend/integration/cluster"
	"github.com/ringmend/ringmend/integration/vector"
	"github.com/ringmend/ringmend/integration/vectors"
)

func TestMain(m *testing.M) { os.Exit(cluster.Main(m)) }

// runSteps runs one vector with the given fields against our own node.
func runSteps(t *testing.T, fields string, known *vector.Known) *vector.Result {
	t.Helper()
	schema, err := vectors.Files.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	content := fmt.Sprintf(`{"about":"a test","vectors":[{"name":"v","about":"a","source":"s","sizes":{"min":2},%s}]}`, fields)
	all, err := vector.Load(fstest.MapFS{"schema.json": {Data: schema}, "test.json": {Data: []byte(content)}})
	if err != nil {
		t.Fatal(err)
	}
	bodies, err := vector.LoadBodies(vectors.Files, "go")
	if err != nil {
		t.Fatal(err)
	}
	results := vector.Run(t.Context(), &vector.Options{
		Program: vector.Program{Command: []string{cluster.Build(t, cluster.Ringmend)}},
		Bodies:  bodies, Vectors: all, Sizes: []int{3}, Known: known,
	})
	if len(results) != 1 {
		t.Fatalf("%d results, want 1", len(results))
	}
	return results[0]
}

// A step that could not fail would say nothing: each kind of expectation fails
// here when the node does something else than expected.
func TestExpectationsCanFail(t *testing.T) {
	for name, c := range map[string]struct{ fields, want string }{
		"answer":             {`"steps":[{"call":"/protocol/ping","answer":{"changes":[{"status":"alive"}]}}]`, "step 1 (call): answer.changes: has 0 elements, want 1"},
		"error expected":     {`"steps":[{"call":"/protocol/ping","error":true}]`, "want an error"},
		"error unexpected":   {`"steps":[{"call":"/protocol/ping","body":{"app":"other"}}]`, "refused: "},
		"text of an error":   {`"steps":[{"call":"/protocol/ping","body":{"app":"other"},"error":"^on fire"}]`, "want text like"},
		"until":              {`"steps":[{"call":"/protocol/ping","until":{"changes":[{}]},"times":3}]`, "answer.changes: has 0 elements"},
		"until, but refused": {`"steps":[{"call":"/protocol/ping","body":{"app":"other"},"until":{"changes":[]},"times":3}]`, "refused: "},
		"every time":         {`"steps":[{"call":"/protocol/ping","from":"$x","body":{"changes":[{"address":"$fresh","status":"leave"}]}},{"call":"/protocol/ping","times":20,"answer":{"changes":[{}]}}]`, "has 0 elements, want 1"},
		"no such call":       {`"steps":[{"wait":"/protocol/ping","within":200}]`, "no call to any of 2 fakes"},
		"call with body":     {`"steps":[{"wait":"/protocol/ping","ticking":true,"within":500,"body":{"app":"other"}}]`, `body.app: is "ringpop", want "other"`},
		"one wait, one call": {`"steps":[{"call":"/admin/gossip/tick"},{"wait":"/protocol/ping"},{"wait":"/protocol/ping","within":200}]`,
			"step 3 (wait): no call"},
		"each":           {`"steps":[{"call":"/admin/gossip/tick"},{"wait":"/protocol/ping","each":true,"within":200}]`, "no call to $"},
		"total":          {`"steps":[{"count":"/protocol/ping","ticks":2,"total":3}]`, "number of calls: is 2, want 3"},
		"callees":        {`"steps":[{"count":"/protocol/ping","ticks":4,"callees":1}]`, "number of fakes called: is 2, want 1"},
		"count of each":  {`"steps":[{"count":"/protocol/ping","ticks":1,"each":1}]`, "number of calls to $"},
		"member":         {`"steps":[{"stats":{"members":{"$1":"faulty"}},"within":100}]`, `.status: is "alive", want "faulty"`},
		"no member":      {`"steps":[{"stats":{"members":{"$1":null}},"within":100}]`, "is a member"},
		"unknown member": {`"steps":[{"stats":{"members":{"$fresh":"alive"}},"within":100}]`, "is no member"},
		"members":        {`"steps":[{"stats":{"count":4},"within":100}]`, "number of members: is 3, want 4"},
		"ring":           {`"steps":[{"stats":{"ring":["$sut"]},"within":100}]`, "servers of the ring"},
		"unchanged":      {`"steps":[{"call":"/protocol/ping","body":{"changes":[{"address":"$fresh"}]}},{"stats":{"unchanged":true},"within":100}]`, "is new"},
		"unchanged self": {`"steps":[{"call":"/admin/member/leave"},{"stats":{"unchanged":true},"within":100}]`, "was alive@"},
		"exit code":      {`"steps":[{"signal":"SIGTERM"},{"exit":3}]`, "want exit code 3"},
		"exit":           {`"steps":[{"exit":0,"within":100}]`, "still runs"},
		"ready":          {`"begin":"unstarted","steps":[{"respond":"/protocol/join","error":"no"},{"start":true},{"ready":true,"within":500}]`, "does not get ready"},
		"end of node":    {`"flags":{"nonsense":1},"steps":[]`, "begin: step 1 (start): the node ended: exit code 2"},
		"row":            {`"steps":[{"for":{"columns":["a"],"rows":[["alive"],["leave"]]},"do":[{"stats":{"members":{"$1":"$a"}},"within":100}]}]`, `row 2 {"a":"leave"}: step 1 (stats)`},
		"no such fake":   {`"steps":[{"suspend":"$7"}]`, "there is no $7 in a cluster of 3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := runSteps(t, c.fields, nil)
			if r.Outcome != vector.Fail || !strings.Contains(r.Reason, c.want) {
				t.Errorf("outcome %s: %s; want a failure with %q", r.Outcome, r.Reason, c.want)
			}
		})
	}
}

func TestFakesDoAsTold(t *testing.T) {
	for name, fields := range map[string]string{
		"suspend and resume": `"steps":[{"suspend":["$1","$2"]},{"call":"/protocol/ping-req","from":"$2","body":{"target":"$1"},"answer":{"pingStatus":false}},
			{"resume":["$1","$2"]},{"call":"/protocol/ping-req","from":"$2","body":{"target":"$1"},"answer":{"pingStatus":true}}]`,
		"close and listen": `"steps":[{"close":"$1"},{"call":"/protocol/ping-req","from":"$2","body":{"target":"$1"},"answer":{"pingStatus":false}},
			{"listen":"$1"},{"call":"/protocol/ping-req","from":"$2","body":{"target":"$1"},"answer":{"pingStatus":true}}]`,
		"respond some times": `"steps":[{"respond":"/protocol/ping","by":"$1","error":"no","times":1},
			{"call":"/protocol/ping-req","from":"$2","body":{"target":"$1"},"answer":{"pingStatus":false}},{"call":"/protocol/ping-req","from":"$2","body":{"target":"$1"},"answer":{"pingStatus":true}}]`,
		"respond late": `"steps":[{"respond":"/protocol/ping","by":"$1","after":300},{"call":"/protocol/ping-req","from":"$2","body":{"target":"$1"},"within":3000,"answer":{"pingStatus":true}}]`,
		"members":      `"members":{"$1":{"status":"leave","incarnation":4,"labels":{"a":"b"}},"$x":{},"127.0.0.3:9":{"status":"faulty"}},"steps":[{"stats":{"count":5,"members":{"$1":{"status":"leave","labels":{"a":"b"},"incarnationNumber":"$1.inc"},"$x":"alive","127.0.0.3:9":"faulty"}}}]`,
		"captures":     `"steps":[{"stats":{"members":{"$1":{"incarnationNumber":{"$as":"inc"}}}}},{"stats":{"members":{"$1":{"incarnationNumber":"$inc"},"$2":{"incarnationNumber":"$inc"}}}}]`,
		"raw bodies":   `"steps":[{"call":"/protocol/join","from":"$x","raw":[{"text":"{\"source\":\"${x}\",\"app\":\"ringpop\",\"incarnationNumber\":1,\"timeout\":1,\"x\":["},{"text":"#,","times":3},{"hex":"31"},{"text":"]}"}]}]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if r := runSteps(t, fields, nil); r.Outcome != vector.Pass {
				t.Errorf("outcome %s: %s", r.Outcome, r.Reason)
			}
		})
	}
}

func TestKnownFailuresDecideTheOutcome(t *testing.T) {
	const passes, fails = `"steps":[]`, `"steps":[{"stats":{"count":9},"within":50}]`
	known := func(f vector.KnownFailure) *vector.Known {
		f.Vectors, f.Reason = []string{"v"}, "it is old"
		return &vector.Known{Failures: []vector.KnownFailure{f}}
	}
	for name, c := range map[string]struct {
		fields string
		known  *vector.Known
		want   vector.Outcome
	}{
		"passes":                {passes, nil, vector.Pass},
		"fails":                 {fails, nil, vector.Fail},
		"fails as known":        {fails, known(vector.KnownFailure{}), vector.KnownFail},
		"is fixed":              {passes, known(vector.KnownFailure{}), vector.Fixed},
		"fails at times":        {fails, known(vector.KnownFailure{Flaky: true}), vector.KnownFail},
		"passes at times":       {passes, known(vector.KnownFailure{Flaky: true}), vector.Pass},
		"is skipped":            {fails, known(vector.KnownFailure{Skip: true}), vector.Skipped},
		"fails at another size": {fails, known(vector.KnownFailure{Sizes: []int{2}}), vector.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if r := runSteps(t, c.fields, c.known); r.Outcome != c.want {
				t.Errorf("outcome %s: %s; want %s", r.Outcome, r.Reason, c.want)
			}
		})
	}
}
