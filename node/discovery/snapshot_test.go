package discovery

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSnapshot(t *testing.T) {
	dir := t.TempDir()
	s := Snapshot{Path: filepath.Join(dir, "members.json"), App: "orders"}
	if hosts, err := s.Hosts(t.Context()); hosts != nil || err != nil {
		t.Errorf("before the first: %v, %v", hosts, err)
	}
	for _, hosts := range [][]string{{"10.0.0.1:3000", "[::1]:3000"}, {"10.0.0.2:3000"}} {
		if err := s.Write(time.Unix(0, 0), hosts); err != nil {
			t.Fatal(err)
		}
		got, err := s.Hosts(t.Context())
		if diff := cmp.Diff(hosts, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
	}
	data, err := os.ReadFile(s.Path)
	want := `{"version":1,"app":"orders","written":"1970-01-01T00:00:00Z","hosts":["10.0.0.2:3000"]}` + "\n"
	if diff := cmp.Diff(want, string(data)); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if err := (Snapshot{Path: "/nowhere/members.json"}).Write(time.Now(), nil); err == nil {
		t.Error("written to no directory")
	}
}

func TestBadSnapshots(t *testing.T) {
	path := filepath.Join(t.TempDir(), "members.json")
	for content, want := range map[string]string{
		``:    "",
		`[]`:  "",
		`{}`:  "version 0",
		"{\"": "",
		`{"version":2,"app":"orders","hosts":["a:1"]}`:        "version 2",
		`{"version":1,"app":"payments","hosts":["a:1"]}`:      `of the app "payments"`,
		`{"version":1,"app":"orders","hosts":["a:1","b"]}`:    "host 2",
		`{"version":1,"app":"orders","hosts":["a:1"`:          "",
		strings.Repeat(" ", maxFileSize) + `{"version":1}`:    "more than",
		`{"version":1,"version":1,"app":"orders","hosts":[]}`: "",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		hosts, err := Snapshot{Path: path, App: "orders"}.Hosts(t.Context())
		if !errors.Is(err, ErrSnapshot) || !strings.Contains(err.Error(), want) || hosts != nil {
			t.Errorf("%.60s: %v, %v; want %q", content, hosts, err, want)
		}
	}
}
