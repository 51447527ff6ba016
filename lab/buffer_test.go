//go:build linux

package main

import (
	"bytes"
	"sync"
	"testing"

	"github.com/ringmend/ringmend/internal/cli/clitest"
)

// lockedBuffer is a buffer that a process writes to while a test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestAllPrograms(t *testing.T) { clitest.CheckPrograms(t, ".") }
