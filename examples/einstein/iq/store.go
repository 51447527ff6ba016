package iq

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
)

// Entry is what a store holds for a name.
type Entry struct {
	IQ int `json:"iq"`
	// Assignment is drawn with the IQ. It tells two assignments apart that have the same IQ.
	Assignment string `json:"assignment"`
}

// draw returns a new entry: scores are distributed as the tests are scaled, 100 ± 15.
func draw() Entry {
	iq := int(100 + 15*rand.NormFloat64())
	return Entry{IQ: min(max(iq, 40), 200), Assignment: fmt.Sprintf("%016x", rand.Uint64())}
}

// Store remembers entries. Its methods may be called concurrently.
type Store interface {
	// Assign returns the entry of a name, which is fresh if there was none.
	Assign(ctx context.Context, name string, fresh Entry) (Entry, error)
	// Forget drops the names for which it returns false, if the store is this node's memory:
	// others may assign them from now on. Stores that outlive a node do nothing.
	Forget(keep func(name string) bool)
	Close() error
}

// MaxNames is how many names a [Memory] holds.
const MaxNames = 1_000_000

// ErrFull means that a store takes no more names.
var ErrFull = errors.New("the store is full")

// Memory is a store in the memory of one node. The zero value is empty.
type Memory struct {
	mu      sync.Mutex
	entries map[string]Entry
}

// Assign implements [Store].
func (m *Memory) Assign(_ context.Context, name string, fresh Entry) (Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.entries[name]; ok {
		return known, nil
	}
	if len(m.entries) >= MaxNames {
		return Entry{}, ErrFull
	}
	if m.entries == nil {
		m.entries = make(map[string]Entry)
	}
	m.entries[name] = fresh
	return fresh, nil
}

// Forget implements [Store].
func (m *Memory) Forget(keep func(name string) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.entries {
		if !keep(name) {
			delete(m.entries, name)
		}
	}
}

// Close implements [Store].
func (m *Memory) Close() error { return nil }
