package system

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ringmend/ringmend/lab/result"
)

const example = `{"version":1,
 "start":["/usr/bin/thing","--listen={{.Address}}:80","--peers={{join .Nodes \",\"}}","--data={{.Dir}}"],
 "write":{"url":"http://{{.Address}}:80/{{.Key}}","body":"{{.Value}}"},
 "read":{"url":"http://{{.Address}}:80/{{.Key}}"},
 "leader":{"url":"http://{{.Address}}:80/leader"},
 "model":"register"}`

func TestADescribedSystem(t *testing.T) {
	s, err := newExec(&result.Config{ExecFile: example}, Env{Nodes: []Place{{Address: "10.88.0.1", Dir: "/d/1"}, {Address: "10.88.0.2", Dir: "/d/2"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := s.Command(1)
	if got := c.Path + " " + strings.Join(c.Args, " "); got != "/usr/bin/thing --listen=10.88.0.2:80 --peers=10.88.0.1,10.88.0.2 --data=/d/2" {
		t.Errorf("%s", got)
	}
	q, err := s.(*other).file.Write.request(t.Context(), execValues{Address: "10.88.0.1", Key: "key-0", Value: "17"})
	if err != nil || q.Method != "PUT" || q.URL.String() != "http://10.88.0.1:80/key-0" {
		t.Errorf("%v, %v", q, err)
	}
}

func TestDescriptionsThatMakeNoSense(t *testing.T) {
	for from, to := range map[string]string{
		`"version":1`: `"version":2`, `"start":["/usr/bin/thing"`: `"start":["{{.Nope}}"`, `"model":"register"`: `"model":"magic"`,
		`"url":"http://{{.Address}}:80/leader"`: `"url":"ftp://x/"`, `"read":`: `"reads":`, `{{.Key}}"}`: `{{.Key"}`,
	} {
		spoiled := strings.Replace(example, from, to, 1)
		if spoiled == example {
			t.Errorf("%s is not in the example", from)
		}
		if _, err := parseExec(spoiled); err == nil {
			t.Errorf("%s is accepted", to)
		}
	}
	if _, err := parseExec(strings.Repeat(" ", maxExecFile+1)); err == nil {
		t.Error("a huge file is accepted")
	}
}

func FuzzExec(f *testing.F) {
	f.Add(example)
	f.Fuzz(func(t *testing.T, text string) {
		if e, err := parseExec(text); err == nil && (len(e.Start) == 0 || e.Read == nil || e.Write == nil) {
			t.Errorf("%q is accepted", text)
		}
	})
}

// An operation has failed only when it cannot have happened.
func TestWhatErrorsOfEtcdMean(t *testing.T) {
	for text, want := range map[string]result.Outcome{
		`connection error: desc = "transport: Error while dialing: dial tcp 10.88.0.1:2379: connect: connection refused"`: result.Failed,
		"etcdserver: no leader":          result.Failed,
		"etcdserver: leader changed":     result.Unknown,
		"error reading from server: EOF": result.Unknown,
		"etcdserver: request timed out":  result.Unknown,
	} {
		if got := failure(status.Error(codes.Unavailable, text)); got.Outcome != want || got.Error == "" {
			t.Errorf("%s: %+v, want %s", text, got, want)
		}
	}
	if got := failure(status.FromContextError(t.Context().Err()).Err()); got.Outcome == result.OK {
		t.Errorf("%+v", got)
	}
	if got := failure(status.Error(codes.DeadlineExceeded, "context deadline exceeded")); got.Outcome != result.Unknown {
		t.Errorf("%+v", got)
	}
}

func TestSystems(t *testing.T) {
	for _, k := range All() {
		if got, err := Lookup(k.Name); err != nil || got != k || k.Find == nil || k.New == nil || k.About == "" {
			t.Errorf("%s: %+v, %v", k.Name, got, err)
		}
	}
	if k, err := Lookup("exec:/x.json"); err != nil || k.Name != "exec:/x.json" {
		t.Errorf("%+v, %v", k, err)
	}
	if _, err := Lookup("frob"); err == nil || !strings.Contains(err.Error(), "etcd, etcd-pre-vote") {
		t.Errorf("%v", err)
	}
}
