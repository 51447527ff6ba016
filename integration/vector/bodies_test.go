package vector

import (
	"strings"
	"testing"

	"github.com/ringmend/ringmend/integration/vectors"
	"github.com/ringmend/ringmend/node/wire"
)

func TestBodiesAreCheckedStrictly(t *testing.T) {
	const change = `{"source":"a:1","sourceIncarnationNumber":1,"address":"b:1","incarnationNumber":2,"status":"alive","timestamp":3}`
	ping := func(changes string) string {
		return `{"changes":[` + changes + `],"checksum":1,"source":"a:1","sourceIncarnationNumber":1,"app":"ringpop"}`
	}
	with := func(old, new string) string { return ping(strings.Replace(change, old, new, 1)) }
	for _, c := range []struct {
		name, schema, body string
		goWrong, nodeWrong bool
	}{
		{"good", "ping-request", ping(change), false, false},
		{"no changes", "ping-request", ping(""), false, false},
		{"null changes", "ping-request", strings.Replace(ping(""), "[]", "null", 1), true, true},
		{"further key", "ping-request", strings.Replace(ping(""), "{", `{"x":1,`, 1), true, true},
		{"further key in a change", "ping-request", with("{", `{"x":1,`), true, true},
		{"id in a change", "ping-request", with("{", `{"id":"x",`), true, false},
		{"no source", "ping-request", with(`"source":"a:1","sourceIncarnationNumber":1,`, ""), true, false},
		{"empty source", "ping-request", with(`"source":"a:1"`, `"source":""`), false, false},
		{"empty address", "ping-request", with(`"address":"b:1"`, `"address":""`), true, true},
		{"unknown status", "ping-request", with("alive", "tombstone"), true, true},
		{"tombstone", "ping-request", with(`"alive"`, `"faulty","tombstone":true`), false, false},
		{"tombstone of the living", "ping-request", with(`"alive"`, `"alive","tombstone":true`), true, true},
		{"tombstone false", "ping-request", with(`"alive"`, `"faulty","tombstone":false`), true, true},
		{"empty labels", "ping-request", with(`"alive"`, `"alive","labels":{}`), true, true},
		{"incarnation above 2^53", "ping-request", with(`"incarnationNumber":2`, `"incarnationNumber":9007199254740993`), true, true},
		{"error", "error", `{"type":"error","message":"no"}`, false, false},
		{"error without a text", "error", `{"type":"error","message":""}`, true, true},
		{"health", "health", `null`, false, false},
	} {
		for flavour, wrong := range map[string]bool{"go": c.goWrong, "node": c.nodeWrong} {
			bodies, err := LoadBodies(vectors.Files, flavour)
			if err != nil {
				t.Fatal(err)
			}
			if err := bodies.check(c.schema, mustDecode(t, c.body)); (err != nil) != wrong {
				t.Errorf("%s, flavour %s: error is %v, want one: %v", c.name, flavour, err, wrong)
			}
		}
	}
}

func TestAViolationOfTheSchemaFailsTheVector(t *testing.T) {
	bodies, err := LoadBodies(vectors.Files, "go")
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"further key": `{"app":"ringpop","source":"a:1","incarnationNumber":1,"timeout":1,"extra":true}`,
		"no JSON":     `{"app":`,
	} {
		s := &session{bodies: bodies, log: newCallLog(), sut: &sut{}}
		s.received(&fake{name: "1"}, wire.EndpointJoin, []byte(`{"app":"ringpop","source":"a:1","incarnationNumber":1,"timeout":1}`))
		if err := s.health(); err != nil {
			t.Fatalf("a good body: %v", err)
		}
		s.received(&fake{name: "1"}, wire.EndpointJoin, []byte(body))
		if err := s.health(); err == nil || !strings.Contains(err.Error(), "violates the schema") {
			t.Errorf("%s: %v, want a violation", name, err)
		}
	}
}
