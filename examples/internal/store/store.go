package store

import "sync"

// Store holds numbers. The zero value is ready; it may be used concurrently.
type Store struct {
	mu     sync.Mutex
	values map[string]int64
}

// Get returns the value of a key, which is 0 if it has none.
func (s *Store) Get(key string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[key]
}

// Put sets the value of a key.
func (s *Store) Put(key string, value int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set(key, value)
}

// Add adds to the value of a key, and returns the sum.
func (s *Store) Add(key string, n int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := s.values[key] + n
	s.set(key, sum)
	return sum
}

func (s *Store) set(key string, value int64) {
	if s.values == nil {
		s.values = make(map[string]int64)
	}
	s.values[key] = value
}
