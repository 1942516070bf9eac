package scan

import (
	"slices"
	"sync"
)

// shapes remembers the shape of each object, one byte for each: entries are told
// what they came from when their objects are long read.
type shapes struct {
	of []uint8 // by ordinal: 0, or the number of a name

	mu    sync.Mutex
	names []string // that of number n at n-1
}

func (s *shapes) set(ordinal uint64, name string) {
	if name == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.Index(s.names, name)
	if at < 0 {
		if at = len(s.names); at == 255 { // parser has a few dozen: these are somebody's inventions
			return
		}
		s.names = append(s.names, name)
	}
	s.of[ordinal] = uint8(at + 1)
}

// name returns the object's shape. No object is read any more.
func (s *shapes) name(ordinal uint64) string {
	if n := s.of[ordinal]; n > 0 {
		return s.names[n-1]
	}
	return ""
}
