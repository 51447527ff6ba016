package discovery

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/node/wire"
)

func TestJSONFileIsReadAnewEachTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hosts.json")
	for _, test := range []struct {
		content string
		want    []string
	}{
		{`["127.0.0.1:3000", "[::1]:3001"]`, []string{"127.0.0.1:3000", "[::1]:3001"}},
		{"\n[\n  \"b:2\",\n  \"a:1\",\n  \"b:2\"\n]\n", []string{"b:2", "a:1"}},
		{`[]`, []string{}},
		{"\xEF\xBB\xBF[\"a:1\"]\r\n", []string{"a:1"}}, // as Windows' Notepad saves it
	} {
		if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := JSONFile(path).Hosts(t.Context())
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", test.content, err, diff)
		}
	}
}

func TestBadFiles(t *testing.T) {
	if _, err := JSONFile("/nowhere/hosts.json").Hosts(t.Context()); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "/nowhere/hosts.json") {
		t.Errorf("no file: %v", err)
	}
	if _, err := JSONFile(t.TempDir()).Hosts(t.Context()); err == nil {
		t.Error("a directory is read")
	}
	for _, content := range []string{
		``, `null`, `{}`, `"127.0.0.1:3000"`, `[1]`, `[null]`, `[["127.0.0.1:3000"]]`, `["127.0.0.1:3000"`, `["127.0.0.1:3000"] x`,
		`["127.0.0.1"]`, `["127.0.0.1:3000",""]`, `["http://127.0.0.1:3000"]`, `[` + strings.Repeat(`"a:1",`, MaxHosts) + `"a:1"]`,
		strings.Repeat(" ", maxFileSize) + "[]",
	} {
		if hosts, err := ParseJSON([]byte(content)); !errors.Is(err, ErrHosts) {
			t.Errorf("%.40s: %v, %v", content, hosts, err)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%.40s: more than a line: %v", content, err)
		}
	}
}

func TestOtherEncodingsAreNamed(t *testing.T) {
	for _, content := range []string{"\xFF\xFE[\x00]\x00", "\xFE\xFF\x00[\x00]", "[\x00]\x00"} {
		hosts, err := ParseJSON([]byte(content))
		if !errors.Is(err, ErrHosts) || !strings.Contains(err.Error(), "save it as UTF-8") {
			t.Errorf("%q: %v, %v", content, hosts, err)
		}
	}
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`["127.0.0.1:3000","[::1]:1"]`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		hosts, err := ParseJSON(data)
		if err != nil && !errors.Is(err, ErrHosts) {
			t.Errorf("error of another kind: %v", err)
		}
		for _, host := range hosts {
			if _, err := wire.ParseAddress(host); err != nil {
				t.Errorf("lets through %q", host)
			}
		}
	})
}
