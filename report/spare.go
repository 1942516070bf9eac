package report

import "sync"

// A spare keeps what is costly to make for its next user. Unlike a sync.Pool it
// keeps it over garbage collections, which are frequent where the memory budget is
// small: there everything would be made anew for each batch.
type spare[T any] struct {
	make func() T

	mu   sync.Mutex
	kept []T // as many as were in use at once
}

func (s *spare[T]) get() T {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.kept)
	if n == 0 {
		return s.make()
	}
	v := s.kept[n-1]
	s.kept = s.kept[:n-1]
	return v
}

func (s *spare[T]) put(v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, v)
}

// drop forgets what is kept.
func (s *spare[T]) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = nil
}
