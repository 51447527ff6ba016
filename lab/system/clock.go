package system

import (
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A process has the wall clock of its machine: Linux has time namespaces for the monotonic
// clock only. So programs whose clocks are moved are built with another time.Now, which adds
// what a file says. Nothing else of them is changed.

//go:embed clock/moved.go.txt
var movedSource []byte

// The one line of package time that is replaced.
const (
	nowLine   = "\tsec, nsec, mono := runtimeNow()\n\tif mono == 0 {"
	movedLine = "\tsec, nsec, mono := movedNow()\n\tif mono == 0 {"
)

// overlay writes the file for go build -overlay that replaces time.Now.
func overlay(ctx context.Context, dir string) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w", err)
	}
	original := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	source, err := os.ReadFile(filepath.Join(original, "time.go"))
	if err != nil {
		return "", err
	}
	if strings.Count(string(source), nowLine) != 1 {
		return "", fmt.Errorf("time.Now in %s is not as this program knows it, so it cannot be replaced", original)
	}
	replaced := strings.Replace(string(source), nowLine, movedLine, 1)
	files := map[string]string{"time.go": replaced, "moved.go": string(movedSource)}
	replace := map[string]string{}
	for name, text := range files {
		path := filepath.Join(dir, "clock-"+name)
		replace[filepath.Join(original, name)] = path
		if err := writeNew(path, []byte(text)); err != nil {
			return "", err
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "clock-overlay.json")
	return path, writeNew(path, list)
}

func writeNew(path string, data []byte) error {
	return inPlace(path, func(fresh string) error { return os.WriteFile(fresh, data, 0o644) })
}

// Clock is the file that moves the clock of a process.
type Clock string

// NewClock makes one that does not move it.
func NewClock(path string) (Clock, error) {
	return Clock(path), os.WriteFile(path, make([]byte, 16), 0o644)
}

// Env is what the process finds it by.
func (c Clock) Env() string { return "RINGMEND_LAB_CLOCK=" + string(c) }

// Move sets the clock to be that much ahead, and returns how often it was read while it was
// moved before.
func (c Clock) Move(by time.Duration) (readings uint64, err error) {
	f, err := os.OpenFile(string(c), os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var word [8]byte
	binary.NativeEndian.PutUint64(word[:], uint64(by))
	if _, err := f.WriteAt(word[:], 0); err != nil {
		return 0, err
	}
	if _, err := f.ReadAt(word[:], 8); err != nil {
		return 0, err
	}
	return binary.NativeEndian.Uint64(word[:]), nil
}
