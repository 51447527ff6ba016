package system

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const clockProgram = `package main

import (
	"bufio"
	"fmt"
	"os"
	"time"
)

func main() {
	began := time.Now()
	fmt.Println("started")
	bufio.NewReader(os.Stdin).ReadString('\n')
	now := time.Now()
	fmt.Println(now.UnixMilli()-began.UnixMilli(), now.Sub(began).Milliseconds())
}
`

// A program that is built with another clock has its wall clock moved, and keeps its monotonic
// one.
func TestAMovedClock(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("skipped:", err)
	}
	kept, err := cache() // so is what go builds of it
	if err != nil {
		t.Fatal(err)
	}
	list, err := overlay(t.Context(), kept)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "program")
	if err := os.WriteFile(path+".go", []byte(clockProgram), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := goBuild(t.Context(), "", path, path+".go", "-overlay", list); err != nil {
		t.Fatal(err)
	}
	clock, err := NewClock(filepath.Join(dir, "clock"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path)
	cmd.Env = append(os.Environ(), clock.Env())
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan() // it has started
	if readings, err := clock.Move(-24 * time.Hour); err != nil || readings != 0 {
		t.Errorf("%d readings before it is moved, %v", readings, err)
	}
	fmt.Fprintln(in)
	var wall, monotonic int64
	lines.Scan()
	if _, err := fmt.Sscan(lines.Text(), &wall, &monotonic); err != nil {
		t.Fatal(err)
	}
	const day = 24 * 3600 * 1000
	if monotonic < 0 || monotonic > day/2 || wall+day-monotonic < -1000 || wall+day-monotonic > 1000 {
		t.Errorf("the wall clock went on by %d ms, the monotonic one by %d ms", wall, monotonic)
	}
	if readings, err := clock.Move(0); err != nil || readings == 0 {
		t.Errorf("%d readings while it was moved, %v", readings, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
