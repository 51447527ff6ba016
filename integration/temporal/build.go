package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// The version of Temporal, and the SDK that it was released with.
const (
	server = "v1.32.1"
	module = `module guardtemporal

go 1.26.0

require go.temporal.io/server ` + server + `
`
	tools = `package tools

import _ "go.temporal.io/server/cmd/server"
`
)

//go:embed load.go.txt
var load []byte

//go:embed config.yaml.txt
var config string

// build builds the programs, unless that was done before, and returns their directory.
func build(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "ringmend", "temporal-"+server)
	for name, text := range map[string][]byte{
		"go.mod": []byte(module), "tools.go": []byte("//go:build tools\n\n" + tools), "load/main.go": load,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", err
		}
		if _, err := os.Stat(path); err == nil && name == "go.mod" {
			continue // with what go mod tidy has added
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return "", err
		}
	}
	for _, args := range [][]string{
		{"mod", "tidy"},
		{"build", "-o", "temporal-server", "go.temporal.io/server/cmd/server"},
		{"build", "-o", "load-program", "./load"},
	} {
		fmt.Fprintln(os.Stderr, "go", args)
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("go %v: %w\n%.2000s", args, err, out)
		}
	}
	guard := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(dir, "ringmend-guard"), "github.com/ringmend/ringmend/guard/ringmend-guard")
	if out, err := guard.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the guard: %w\n%s", err, out)
	}
	return dir, nil
}
