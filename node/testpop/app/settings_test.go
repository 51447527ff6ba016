package app

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Flags come before the environment, and that before the file.
func TestWhereSettingsComeFrom(t *testing.T) {
	file := filepath.Join(t.TempDir(), "testpop.conf")
	text := "# of all nodes\n\napp = orders\nlisten=10.0.0.3:3000\nhosts = exec:///usr/bin/list --zone=a\nverbose = true\nsuspect-period = 7000\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TESTPOP_CONFIG", file)
	t.Setenv("TESTPOP_LISTEN", "10.0.0.2:3000")
	t.Setenv("TESTPOP_FAULTY_PERIOD", "9000")
	t.Setenv("TESTPOP_NOTHING", "is read by others")
	o, err := parse([]string{"--listen=10.0.0.1:3000", "-bind-dial"}, new(bytes.Buffer))
	if err != nil {
		t.Fatal(err)
	}
	want := []setting{
		{"app", "orders", "file"}, {"bind-dial", "true", "flag"}, {"config", file, "environment"}, {"faulty-period", "9000", "environment"},
		{"hosts", "exec:///usr/bin/list --zone=a", "file"}, {"listen", "10.0.0.1:3000", "flag"}, {"suspect-period", "7000", "file"}, {"verbose", "true", "file"},
	}
	if diff := cmp.Diff(want, o.settings, cmp.AllowUnexported(setting{})); diff != "" {
		t.Error(diff)
	}
	if got := fmt.Sprint(o.listen, " ", o.app, " ", o.suspect.String(), " ", o.faulty.String(), " ", o.bindDial); got != "10.0.0.1:3000 orders 7000 9000 true" {
		t.Error(got)
	}
}

func TestBadSettings(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"app":                        `line 1: "app" is not name = value`,
		"\nlisen = 10.0.0.1:3000":    `line 2: there is no setting "lisen"`,
		"config = other.conf":        `no setting "config"`,
		"version = true":             `no setting "version"`,
		"app = a\napp = b":           "line 2: app is set twice",
		"suspect-period = 5s":        "line 1: it must be a number of milliseconds",
		"tls-mode = accept":          "TLS needs",
		"\xff\xfea\x00":              "UTF-8",
		strings.Repeat("#", 1<<20+1): "more than",
	} {
		file := filepath.Join(dir, "testpop.conf")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := parse([]string{"-config=" + file}, new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
	if _, err := parse([]string{"-config=/nowhere/testpop.conf"}, new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), "/nowhere/testpop.conf") {
		t.Errorf("no file: %v", err)
	}
	t.Setenv("TESTPOP_SUSPECT_PERIOD", "5s")
	if _, err := parse(nil, new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), "TESTPOP_SUSPECT_PERIOD=5s in the environment: it must be a number") {
		t.Errorf("the environment: %v", err)
	}
}
