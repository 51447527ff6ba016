package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/cli"
)

func TestCommandLine(t *testing.T) {
	for _, args := range [][]string{{"--as=v1"}, {"--as=1.2"}, {"--platforms=linux"}, {"now"}, {"--nonsense"}} {
		var stdout, stderr bytes.Buffer
		if code := run(args, &stdout, &stderr); code != cli.ExitUsage || strings.Count(stderr.String(), "Error: ") != 1 {
			t.Errorf("%v: exit code %d\n%s", args, code, stderr.String())
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run([]string{"--out=" + t.TempDir()}, &stdout, &stderr); code != cli.ExitFailed || !strings.Contains(stderr.String(), "exists") {
		t.Errorf("a directory that is there: exit code %d\n%s", code, stderr.String())
	}
}

// A Debian package is one for dpkg, and equal files make equal packages.
func TestDebianPackage(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	var made [2][]byte
	deb := filepath.Join(dir, "a.deb")
	for i := range made {
		if err := makeDeb(deb, "1.2.3", "amd64", "../..", []file{{program, "bin/program", 0o755}}, time.Unix(1_700_000_000, 0).UTC()); err != nil {
			t.Fatal(err)
		}
		var err error
		if made[i], err = os.ReadFile(deb); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(made[0], made[1]) {
		t.Error("two packages of equal files differ")
	}
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("skipped: there is no dpkg-deb here")
	}
	for _, args := range [][]string{{"-I", deb}, {"-c", deb}} {
		out, err := exec.Command("dpkg-deb", args...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), map[string]string{"-I": "Version: 1.2.3", "-c": "./usr/bin/program"}[args[0]]) {
			t.Errorf("dpkg-deb %v: %v\n%s", args, err, out)
		}
	}
}

func TestSBOM(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sbom.json")
	if err := makeSBOM(path, "1.2.3", []file{{self, "bin/self", 0o755}}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var document sbom
	if err := json.Unmarshal(data, &document); err != nil || document.Format != "CycloneDX" {
		t.Fatal(err)
	}
	found := ""
	for _, c := range document.Components {
		found += c.PURL + " "
	}
	if !strings.Contains(found, "pkg:golang/std@go") || !strings.Contains(found, "pkg:golang/github.com/spf13/pflag@v") {
		t.Errorf("it lists %s", found)
	}
	if err := makeSBOM(path, "1.2.3", []file{{path, "no program", 0o755}}); err == nil {
		t.Error("a file that is no program has parts")
	}
}

func TestArchiveAndSums(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(text, []byte("x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := makeArchive(filepath.Join(dir, "a.tar.gz"), "a", []file{{text, "share/doc/README.md", 0o644}}, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if err := makeSums(dir); err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil || !strings.HasSuffix(string(sums), "  a.tar.gz\n") || len(sums) != 64+2+8+1 {
		t.Errorf("%q, %v", sums, err)
	}
	if out, err := exec.Command("tar", "tzf", filepath.Join(dir, "a.tar.gz")).CombinedOutput(); err != nil || string(out) != "a/\na/share/\na/share/doc/\na/share/doc/README.md\n" {
		t.Errorf("%v\n%s", err, out)
	}
}

// The package installs and goes away again, in a root of its own.
func TestDebianPackageInstalls(t *testing.T) {
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("skipped: there is no dpkg here")
	}
	if os.Getuid() != 0 {
		t.Skip("skipped: dpkg installs as root only")
	}
	dir := t.TempDir()
	processor, err := exec.Command("dpkg", "--print-architecture").Output()
	if err != nil {
		t.Fatal(err)
	}
	files := []file{
		{filepath.Join(dir, "program"), "bin/testpop", 0o755},
		{filepath.Join(dir, "page"), "share/man/man1/testpop.1", 0o644},
		{filepath.Join(dir, "completion"), "share/bash-completion/completions/testpop", 0o644},
	}
	for _, f := range files {
		if err := os.WriteFile(f.path, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	deb := filepath.Join(dir, "a.deb")
	if err := makeDeb(deb, "1.2.3", strings.TrimSpace(string(processor)), "../..", files, time.Unix(1_700_000_000, 0).UTC()); err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(dir, "root")
	for _, part := range []string{"info", "updates", "triggers"} {
		if err := os.MkdirAll(filepath.Join(root, "var/lib/dpkg", part), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "var/lib/dpkg/status"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	dpkg := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("dpkg", append([]string{"--root=" + root}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("dpkg %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	dpkg("-i", deb)
	if said := dpkg("-s", "ringmend"); !strings.Contains(said, "Status: install ok installed") || !strings.Contains(said, "Version: 1.2.3") {
		t.Errorf("installed: %s", said)
	}
	listed := dpkg("-L", "ringmend")
	installed := []string{
		"/usr/bin/testpop", "/usr/share/man/man1/testpop.1", "/usr/share/bash-completion/completions/testpop",
		"/lib/systemd/system/ringmend-testpop.service", "/usr/share/doc/ringmend/testpop.conf",
	}
	for _, path := range installed {
		if info, err := os.Stat(filepath.Join(root, path)); err != nil || !strings.Contains(listed, path+"\n") {
			t.Errorf("%s: %v, %v; dpkg lists\n%s", path, info, err, listed)
		}
	}
	dpkg("-r", "ringmend")
	for _, path := range installed {
		if _, err := os.Stat(filepath.Join(root, path)); err == nil {
			t.Errorf("%s is left", path)
		}
	}
}
