package system

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/ringmend/ringmend/lab/result"
)

// cache is where programs are built: outside of any source tree.
func cache() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	dir = filepath.Join(dir, "ringmend-lab")
	return dir, os.MkdirAll(dir, 0o755)
}

// given checks a program that the user named.
func given(option, path string) (string, error) {
	found, err := exec.LookPath(path)
	if err != nil {
		return "", fmt.Errorf("--%s: %w", option, err)
	}
	return filepath.Abs(found)
}

// buildPackage builds a package of the source tree that this program is called in, or
// that one of its modules needs; with a clock that can be moved, if that is asked for.
func buildPackage(ctx context.Context, pkg, name string, clock bool, progress func(string)) (string, error) {
	dir, err := cache()
	if err != nil {
		return "", err
	}
	var flags []string
	if clock {
		list, err := overlay(ctx, dir)
		if err != nil {
			return "", err
		}
		name += "-clock"
		flags = []string{"-overlay", list}
		progress("building " + name + ", and the standard library for it")
	} else {
		progress("building " + name)
	}
	path := filepath.Join(dir, name)
	return path, goBuild(ctx, "", path, pkg, flags...)
}

// buildModule builds a package of a published module, once for each version.
func buildModule(ctx context.Context, name, module, version, main string, progress func(string)) (string, error) {
	dir, err := cache()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name+"-"+version)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if _, err := exec.LookPath("go"); err != nil {
		return "", fmt.Errorf("it cannot be built: %w", err)
	}
	progress(fmt.Sprintf("building %s %s from %s, once", name, version, module))
	source, err := os.MkdirTemp(dir, "source-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(source)
	mod := fmt.Sprintf("module build\n\ngo 1.26.0\n\nrequire %s %s\n", module, version)
	if err := errors.Join(
		os.WriteFile(filepath.Join(source, "go.mod"), []byte(mod), 0o644),
		os.WriteFile(filepath.Join(source, "main.go"), []byte(main), 0o644),
		runGo(ctx, source, "mod", "tidy"),
	); err != nil {
		return "", fmt.Errorf("building %s: %w", name, err)
	}
	return path, goBuild(ctx, source, path, ".")
}

// goBuild puts the program in place at once: another run may be using the old one.
func goBuild(ctx context.Context, dir, path, pkg string, flags ...string) error {
	return inPlace(path, func(fresh string) error {
		args := append(append([]string{"build", "-o", fresh}, flags...), pkg)
		if err := runGo(ctx, dir, args...); err != nil {
			return fmt.Errorf("building %s: %w", pkg, err)
		}
		return nil
	})
}

// inPlace has a file written beside a path, and puts it there when it is whole.
func inPlace(path string, write func(fresh string) error) error {
	dir, err := os.MkdirTemp(filepath.Dir(path), "fresh-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fresh := filepath.Join(dir, filepath.Base(path))
	if err := write(fresh); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}

func runGo(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	if dir != "" {
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("go %s: %w: %s", args[0], err, firstLines(string(out), 3))
	}
	return nil
}

func firstLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[:min(n, len(lines))], "; ")
}

// versionOf returns the first line of what a program says of its version.
func versionOf(ctx context.Context, path string, args ...string) string {
	out, err := exec.CommandContext(ctx, path, args...).CombinedOutput()
	if err != nil {
		return "unknown"
	}
	return firstLines(string(out), 1)
}

// use writes down which program runs under a name. A path that the user gave stands
// there already.
func use(c *result.Config, name string, p result.Program) {
	if c.Programs == nil {
		c.Programs = map[string]result.Program{}
	}
	c.Programs[name] = p
}

// goVersionOf returns the version of a package in a Go program, as go writes it there.
func goVersionOf(ctx context.Context, path, pkg string) string {
	out, err := exec.CommandContext(ctx, "go", "version", "-m", path).Output()
	if err != nil {
		return "unknown"
	}
	version, revision, modified := "unknown", "", ""
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) >= 3 && (fields[0] == "mod" || fields[0] == "dep") && (pkg == fields[1] || strings.HasPrefix(pkg, fields[1]+"/")):
			version = fields[2]
		case len(fields) == 2 && strings.HasPrefix(fields[1], "vcs.revision="):
			revision = " " + strings.TrimPrefix(fields[1], "vcs.revision=")
		case len(fields) == 2 && fields[1] == "vcs.modified=true":
			modified = " with changes"
		}
	}
	if strings.HasPrefix(pkg, "github.com/ringmend/") {
		version += revision + modified
	}
	return version
}
