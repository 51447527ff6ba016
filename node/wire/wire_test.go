package wire

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAddressesHaveOneSpelling(t *testing.T) {
	for _, good := range []string{"127.0.0.1:3000", "[::1]:3000", "[fe80::1]:1", "host-1.example.com:65535", "my_service:80"} {
		if a, err := ParseAddress(good); err != nil || string(a) != good {
			t.Errorf("%s: %q, %v", good, a, err)
		}
	}
	for _, bad := range []string{
		"", ":", "127.0.0.1", "127.0.0.1:", ":3000", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:+80", "127.0.0.1:-1",
		"127.0.0.1:03000", "127.0.0.01:3000", "127.0.0:3000", "1.2.3.4.5:3000", "256.0.0.1:3000", "...:3000", "1:3000",
		"::1:3000", "[::1:3000", "::1]:3000", "[127.0.0.1]:3000", "[0:0:0:0:0:0:0:1]:3000", "[fe80::1%eth0]:3000", "[fe80::1%a;b\n]:3000", "[::A]:3000", "[]:3000",
		"host;other:3000", "host\n:3000", "host name:3000", "höst:3000", "host:80:80", "a:3e3", strings.Repeat("a", 300) + ":3000",
		"127.0.0.1:3000 ", " 127.0.0.1:3000", "127.0.0.1:99999999999999999999",
	} {
		if _, err := ParseAddress(bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if host := Address("[::1]:3000").Host(); host != "::1" {
		t.Errorf("host of [::1]:3000 is %q", host)
	}
	if host := Address("a.b:3000").Host(); host != "a.b" {
		t.Errorf("host of a.b:3000 is %q", host)
	}
	if host := Address("").Host(); host != "" {
		t.Errorf("host of nothing is %q", host)
	}
}

// goPing is a ping as ringpop-go v0.10.0 sends it.
const goPing = `{"changes":[{"source":"127.0.0.1:3001","sourceIncarnationNumber":1700000000001,` +
	`"address":"127.0.0.1:3002","incarnationNumber":1700000000002,"status":"faulty","tombstone":true,` +
	`"labels":{"k":"v"},"timestamp":-62135596800}],"checksum":4294967295,"source":"127.0.0.1:3001",` +
	`"sourceIncarnationNumber":1700000000001,"app":"ringpop"}`

func TestPingOfRingpopGo(t *testing.T) {
	request, err := DecodeRequest(EndpointPing, []byte(goPing))
	if err != nil {
		t.Fatal(err)
	}
	want := &Ping{
		Changes: Changes(Change{
			Source: "127.0.0.1:3001", SourceIncarnation: 1700000000001,
			Address: "127.0.0.1:3002", Incarnation: 1700000000002, Status: Tombstone,
			Labels: map[string]string{"k": "v"}, Timestamp: -62135596800,
		}),
		Checksum: 4294967295, Source: "127.0.0.1:3001", SourceIncarnation: 1700000000001, App: "ringpop",
	}
	if diff := cmp.Diff(want, request, changeLists); diff != "" {
		t.Error(diff)
	}
	body, err := new(Encoder).Encode(request)
	if err != nil || string(body) != goPing {
		t.Errorf("encoded again: %s, %v", body, err)
	}
}

// ringpop-node adds an id, and leaves out sources and timestamps.
func TestPingOfRingpopNode(t *testing.T) {
	request, err := DecodeRequest(EndpointPing, []byte(`{"checksum":1,"changes":[{"id":"b2c3","address":"127.0.0.1:3002",
		"incarnationNumber":1,"status":"alive"}],"source":"127.0.0.1:3001","sourceIncarnationNumber":1}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Change{{Address: "127.0.0.1:3002", Incarnation: 1}}
	if diff := cmp.Diff(want, request.(*Ping).Changes.All()); diff != "" {
		t.Error(diff)
	}
}

func TestNothingExtraIsSent(t *testing.T) {
	change := []Change{{Address: "127.0.0.1:3000", Incarnation: 5, Status: Suspect}}
	for body, want := range map[any]string{
		&Ping{}: `{"changes":[],"checksum":0,"source":"","sourceIncarnationNumber":0,"app":""}`,
		&PingRequest{Source: "127.0.0.1:1", SourceIncarnation: 1, Target: "127.0.0.1:2", Checksum: 3, App: "a"}: `{"source":"127.0.0.1:1","sourceIncarnationNumber":1,"target":"127.0.0.1:2","checksum":3,"changes":[],"app":"a"}`,
		&PingRequestResponse{OK: true, Target: "127.0.0.1:2", Changes: Changes(change...)}:                      `{"pingStatus":true,"target":"127.0.0.1:2","changes":[{"source":"","sourceIncarnationNumber":0,"address":"127.0.0.1:3000","incarnationNumber":5,"status":"suspect","timestamp":0}]}`,
		&JoinRequest{App: "a", Source: "127.0.0.1:1", Incarnation: 1, Timeout: 1000}:                            `{"app":"a","source":"127.0.0.1:1","incarnationNumber":1,"timeout":1000}`,
		&JoinResponse{App: "a", Coordinator: "127.0.0.1:1", Checksum: 7}:                                        `{"app":"a","coordinator":"127.0.0.1:1","membership":[],"membershipChecksum":7}`,
	} {
		got, err := new(Encoder).Encode(body)
		if err != nil || string(got) != want {
			t.Errorf("%T: %s, %v, want %s", body, got, err, want)
		}
	}
	stats, err := Marshal(&Stats{Membership: MembershipStats{Members: []Member{{Address: "127.0.0.1:1", Status: Tombstone}}}})
	const start = `{"hooks":null,"membership":{"checksum":0,"members":[{"address":"127.0.0.1:1","status":"tombstone","incarnationNumber":0}]},"process":{"memory":{"rss":0,`
	if err != nil || !bytes.HasPrefix(stats, []byte(start)) {
		t.Errorf("stats: %s, %v", stats, err)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	change := func(fields string) string { return `{"source":"127.0.0.1:1","changes":[{` + fields + `}]}` }
	good := `"address":"127.0.0.1:2","incarnationNumber":1,"status":"alive"`
	if _, err := DecodeRequest(EndpointPing, []byte(change(good))); err != nil {
		t.Fatalf("the good change is refused: %v", err)
	}
	with := func(old, new string) string { return change(strings.Replace(good, old, new, 1)) }
	for name, body := range map[string]string{
		"empty":                    "",
		"null":                     "null",
		"array":                    "[]",
		"number":                   "1",
		"truncated":                goPing[:100],
		"two values":               goPing + goPing,
		"no source":                `{"changes":[]}`,
		"source is no address":     `{"changes":[],"source":"x"}`,
		"changes are no list":      `{"changes":{},"source":"127.0.0.1:1"}`,
		"change is no object":      `{"changes":[1],"source":"127.0.0.1:1"}`,
		"change is null":           `{"changes":[null],"source":"127.0.0.1:1"}`,
		"change is a list":         `{"changes":[[]],"source":"127.0.0.1:1"}`,
		"empty change":             `{"changes":[{}],"source":"127.0.0.1:1"}`,
		"unknown status":           with(`"alive"`, `"banana"`),
		"empty status":             with(`"alive"`, `""`),
		"upper-case status":        with(`"alive"`, `"ALIVE"`),
		"status is a number":       with(`"alive"`, `1`),
		"no status":                with(`,"status":"alive"`, ``),
		"no address":               with(`"address":"127.0.0.1:2",`, ``),
		"empty address":            with(`"127.0.0.1:2"`, `""`),
		"address with newline":     with(`"127.0.0.1:2"`, `"127.0.0.1:2\n"`),
		"address with semicolon":   with(`"127.0.0.1:2"`, `"a;b:2"`),
		"IPv6 without brackets":    with(`"127.0.0.1:2"`, `"::1:2"`),
		"address is a number":      with(`"127.0.0.1:2"`, `7`),
		"incarnation 0":            with(`:1,`, `:0,`),
		"negative incarnation":     with(`:1,`, `:-1,`),
		"incarnation over 2^53":    with(`:1,`, `:9007199254740992,`),
		"incarnation MaxInt64":     with(`:1,`, `:9223372036854775807,`),
		"incarnation over int64":   with(`:1,`, `:92233720368547758070,`),
		"float incarnation":        with(`:1,`, `:1.5,`),
		"exponent":                 with(`:1,`, `:1e400,`),
		"incarnation is a string":  with(`:1,`, `:"1",`),
		"no incarnation":           with(`"incarnationNumber":1,`, ``),
		"duplicate key":            change(good + `,"status":"alive"`),
		"invalid UTF-8":            with("127.0.0.1:2", "127.0.0.1\xff:2"),
		"labels are a list":        change(good + `,"labels":["k"]`),
		"label is a number":        change(good + `,"labels":{"k":1}`),
		"label too long":           change(good + `,"labels":{"k":"` + strings.Repeat("x", MaxLabelValue+1) + `"}`),
		"label key too long":       change(good + `,"labels":{"` + strings.Repeat("x", MaxLabelKey+1) + `":"v"}`),
		"too many labels":          change(good + `,"labels":{` + manyLabels(MaxLabels+1) + `}`),
		"tombstone is a string":    change(good + `,"tombstone":"yes"`),
		"source of change":         change(good + `,"source":"x"`),
		"source incarnation":       `{"source":"127.0.0.1:1","sourceIncarnationNumber":-5,"changes":[]}`,
		"checksum over 32 bits":    `{"source":"127.0.0.1:1","checksum":4294967296,"changes":[]}`,
		"negative checksum":        `{"source":"127.0.0.1:1","checksum":-1,"changes":[]}`,
		"too many changes":         `{"source":"127.0.0.1:1","changes":[` + strings.Repeat(`{`+good+`},`, MaxChanges) + `{` + good + `}]}`,
		"too long":                 `{"source":"127.0.0.1:1","app":"` + strings.Repeat("x", MaxBody) + `"}`,
		"nested 10,000 deep":       `{"source":"127.0.0.1:1","x":` + strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001) + `}`,
		"garbage":                  strings.Repeat("\x00\xff", 1000),
		"key in another case only": `{"SOURCE":"127.0.0.1:1","changes":[]}`,
	} {
		if request, err := DecodeRequest(EndpointPing, []byte(body)); !errors.Is(err, ErrInvalid) || request != nil {
			t.Errorf("%s: %v, %v", name, request, err)
		}
	}
	for _, body := range []string{`{}`, `null`, `{"source":"127.0.0.1:1","changes":[]}`, `{"target":"127.0.0.1:1","changes":[]}`} {
		if _, err := DecodeRequest(EndpointPingReq, []byte(body)); !errors.Is(err, ErrInvalid) {
			t.Errorf("ping-req %s: %v", body, err)
		}
	}
	for _, body := range []string{`{}`, `null`, `{"app":"a"}`, `{"source":"127.0.0.1:1","labels":1}`, `{"source":"127.0.0.1:1","incarnationNumber":-1}`} {
		if _, err := DecodeRequest(EndpointJoin, []byte(body)); !errors.Is(err, ErrInvalid) {
			t.Errorf("join %s: %v", body, err)
		}
	}
	if _, err := DecodeRequest("/protocol/x", []byte(goPing)); !errors.Is(err, ErrInvalid) {
		t.Errorf("unknown endpoint: %v", err)
	}
}

func manyLabels(n int) string {
	var pairs []string
	for i := range n {
		pairs = append(pairs, fmt.Sprintf(`"k%d":"v"`, i))
	}
	return strings.Join(pairs, ",")
}

// Unknown keys and absent ones that are not needed are no errors: peers differ.
func TestRequestsOfOtherVersions(t *testing.T) {
	for _, body := range []string{
		`{"source":"127.0.0.1:1"}`,
		`{"source":"127.0.0.1:1","changes":null,"app":null,"checksum":null}`,
		`{"source":"127.0.0.1:1","changes":[],"new":{"a":[1,2,{}]}}`,
		`{"source":"127.0.0.1:1","changes":[{"address":"127.0.0.1:2","incarnationNumber":1,"status":"alive","labels":null,"source":null,"timestamp":null,"new":[]}]}`,
	} {
		if _, err := DecodeRequest(EndpointPing, []byte(body)); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestBadChangesOfAnswersAreLeftOut(t *testing.T) {
	body := `{"changes":[{"address":"127.0.0.1:2","incarnationNumber":1,"status":"banana"},7,
		{"address":"127.0.0.1:3","incarnationNumber":1,"status":"alive","labels":{"k":[1]}},
		{"address":"127.0.0.1:4","incarnationNumber":1,"status":"alive"}],"source":"127.0.0.1:1"}`
	response, skipped, err := DecodeResponse(EndpointPing, []byte(body))
	if err != nil || skipped != 3 {
		t.Fatalf("skipped %d, %v", skipped, err)
	}
	want := []Change{{Address: "127.0.0.1:4", Incarnation: 1}}
	if diff := cmp.Diff(want, response.(*Ping).Changes.All()); diff != "" {
		t.Error(diff)
	}
	for _, broken := range []string{"", "null", "[]", body[:200], body + "x"} {
		if _, _, err := DecodeResponse(EndpointPing, []byte(broken)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", broken, err)
		}
	}
}

func drawChange(t *rapid.T) Change {
	address := func(label string) Address {
		return Address(fmt.Sprintf("127.0.0.1:%d", rapid.IntRange(1, 65535).Draw(t, label)))
	}
	c := Change{
		Address:     address("address"),
		Incarnation: rapid.Int64Range(1, MaxIncarnation).Draw(t, "incarnation"),
		Status:      Status(rapid.IntRange(0, int(numStatuses)-1).Draw(t, "status")),
		Timestamp:   rapid.Int64().Draw(t, "timestamp"),
	}
	if rapid.Bool().Draw(t, "sourced") {
		c.Source, c.SourceIncarnation = address("source"), rapid.Int64Range(0, MaxIncarnation).Draw(t, "source incarnation")
	}
	if rapid.Bool().Draw(t, "labelled") {
		c.Labels = rapid.MapOfN(rapid.StringN(0, 10, MaxLabelKey), rapid.StringN(0, 10, MaxLabelValue), 1, 5).Draw(t, "labels")
	}
	return c
}

func TestWhatIsEncodedIsDecoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(drawChange), 1, 5).Draw(t, "changes")
		text := rapid.String().Draw(t, "text")
		const source = "127.0.0.1:3000"
		for _, body := range []Request{
			&Ping{Changes: Changes(list...), Checksum: rapid.Uint32().Draw(t, "checksum"), Source: source, SourceIncarnation: 1, App: text},
			&PingRequest{Changes: Changes(list...), Source: source, Target: "127.0.0.1:1", SourceIncarnation: 2},
			&JoinRequest{App: text, Source: source, Incarnation: 1, Timeout: 1, Labels: list[0].Labels},
		} {
			data, err := new(Encoder).Encode(body)
			if err != nil {
				t.Fatal(err)
			}
			decoded, err := DecodeRequest(body.Endpoint(), data)
			if err != nil {
				t.Fatalf("%s: %v", data, err)
			}
			if diff := cmp.Diff(body, decoded, changeLists); diff != "" {
				t.Fatalf("%s: %s", data, diff)
			}
		}
		answer := &JoinResponse{App: text, Coordinator: source, Membership: Changes(list...), Checksum: 1}
		data, err := new(Encoder).Encode(answer)
		if err != nil {
			t.Fatal(err)
		}
		decoded, skipped, err := DecodeResponse(EndpointJoin, data)
		if diff := cmp.Diff(Response(answer), decoded, changeLists); err != nil || skipped != 0 || diff != "" {
			t.Fatalf("%s: %v, %d skipped, %s", data, err, skipped, diff)
		}
	})
}

// changeLists compares lists by what they say.
var changeLists = cmp.Transformer("All", ChangeList.All)

func TestMembershipIsEncodedOncePerVersion(t *testing.T) {
	var e Encoder
	first, _ := e.Encode(&Ping{Changes: Changes(membership(3)...).AtVersion(1)})
	list := Changes(membership(2)...)
	// As no caller would: it shows that the old encoding is used.
	again, _ := e.Encode(&JoinResponse{Membership: list.AtVersion(1)})
	if bytes.Count(first, []byte("address")) != 3 || bytes.Count(again, []byte("address")) != 3 {
		t.Error("the encoding was not used again")
	}
	if next, _ := e.Encode(&Ping{Changes: list.AtVersion(2)}); bytes.Count(next, []byte("address")) != 2 {
		t.Error("an old encoding was used for a new version")
	}
	if next, _ := e.Encode(&Ping{}); bytes.Count(next, []byte("address")) != 0 {
		t.Error("an old encoding was used for pending changes")
	}
}

// FuzzDecode shows that no body crashes the decoder, and that what it lets
// through can be sent on.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(goPing))
	f.Add([]byte(`{"app":"a","source":"127.0.0.1:1","incarnationNumber":1,"timeout":1,"labels":{"k":"v"}}`))
	f.Add([]byte(`{"source":"127.0.0.1:1","target":"127.0.0.1:2","changes":[{}]}`))
	f.Add([]byte(`{"app":"a","coordinator":"127.0.0.1:1","membership":[7,{"address":"[::1]:1"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, endpoint := range []string{EndpointJoin, EndpointPing, EndpointPingReq} {
			if request, err := DecodeRequest(endpoint, body); err == nil {
				again(t, request, func(data []byte) (any, error) { return DecodeRequest(endpoint, data) })
			} else if !errors.Is(err, ErrInvalid) {
				t.Errorf("error of another kind: %v", err)
			}
			if response, _, err := DecodeResponse(endpoint, body); err == nil {
				again(t, response, func(data []byte) (any, error) {
					r, skipped, err := DecodeResponse(endpoint, data)
					if skipped > 0 {
						return nil, fmt.Errorf("%d changes that were sent on are refused", skipped)
					}
					return r, err
				})
			}
		}
	})
}

func again(t *testing.T, body any, decode func([]byte) (any, error)) {
	data, err := new(Encoder).Encode(body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decode(data); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
}
