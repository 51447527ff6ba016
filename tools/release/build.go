package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// file is one that goes into archives.
type file struct {
	path string // where it is
	name string // in an archive, with slashes
	mode int64
}

// programs are the packages of the programs, which are named after them.
var programs = []string{"./node/testpop", "./tick-cluster", "./admin/ringpop-admin", "./tools/make_partition", "./guard/ringmend-guard"}

// command runs a program and returns what it prints.
func command(dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return string(out), nil
}

// build compiles the programs for a platform.
func build(root, dir, system, processor string) ([]file, error) {
	env := []string{"GOOS=" + system, "GOARCH=" + processor, "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off"}
	args := append([]string{"build", "-trimpath", "-buildvcs=auto", "-ldflags=-s -w", "-o", dir + "/"}, programs...)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if _, err := command(root, env, "go", args...); err != nil {
		return nil, err
	}
	var files []file
	for _, pkg := range programs {
		name := filepath.Base(pkg)
		files = append(files, file{filepath.Join(dir, name), "bin/" + name, 0o755})
	}
	return files, nil
}

// makeTexts makes man pages and completions with the programs of this machine, and finds
// the documents.
func makeTexts(root, dir string) ([]file, error) {
	bin := filepath.Join(dir, "bin")
	if _, err := build(root, bin, "", ""); err != nil {
		return nil, err
	}
	man := filepath.Join(dir, "man")
	if _, err := command(root, nil, filepath.Join(bin, "ringpop-admin"), "man", man); err != nil {
		return nil, err
	}
	var files []file
	pages, err := filepath.Glob(filepath.Join(man, "*.1"))
	if err != nil {
		return nil, err
	}
	for _, page := range pages {
		files = append(files, file{page, "share/man/man1/" + filepath.Base(page), 0o644})
	}
	for shell, name := range map[string]string{"bash": "share/bash-completion/completions/%s", "zsh": "share/zsh/site-functions/_%s", "fish": "share/fish/vendor_completions.d/%s.fish"} {
		for _, pkg := range programs {
			program := filepath.Base(pkg)
			text, err := command(root, nil, filepath.Join(bin, program), "completion", shell)
			if err != nil {
				return nil, err
			}
			path := filepath.Join(dir, program+"."+shell)
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				return nil, err
			}
			files = append(files, file{path, fmt.Sprintf(name, program), 0o644})
		}
	}
	docs, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md"} {
		docs = append(docs, filepath.Join(root, name))
	}
	for _, path := range docs {
		name, err := filepath.Rel(root, path)
		if err != nil {
			return nil, err
		}
		files = append(files, file{path, "share/doc/ringmend/" + filepath.ToSlash(name), 0o644})
	}
	return files, nil
}
