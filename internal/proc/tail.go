package proc

import "sync"

// Tail keeps the last 64 KB of what is written to it: a program that prints a lot does
// not fill the memory. It may be used concurrently.
type Tail struct {
	mu   sync.Mutex
	text []byte
}

const tailLength = 64 << 10

// Write implements io.Writer; it never fails.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if surplus := len(t.text) - tailLength; surplus > 0 {
		t.text = append(t.text[:0], t.text[surplus:]...)
	}
	return len(p), nil
}

// String returns what is kept.
func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
