package serve

import (
	"context"
	"slices"
	"sync"
)

// A memo remembers a bounded number of values that are dear to make. Whoever asks for one
// that is being made waits for it; what failed is made again by the next who asks.
type memo[T any] struct {
	limit int
	slot  chan struct{} // held while a value is made

	mu     sync.Mutex
	keys   []string // the one that was used last at the end
	values map[string]T
}

// init prepares a memo. Memos with the same slot make one value at a time among
// them; nil: a slot of its own.
func (m *memo[T]) init(limit int, slot chan struct{}) {
	if slot == nil {
		slot = make(chan struct{}, 1)
	}
	m.limit, m.slot, m.values = limit, slot, map[string]T{}
}

// get returns the value of a key, made under the caller's context where it is not there.
func (m *memo[T]) get(ctx context.Context, key string, make func(context.Context) (T, error)) (v T, err error) {
	if v, ok := m.recall(key); ok {
		return v, nil
	}
	select {
	case m.slot <- struct{}{}:
		defer func() { <-m.slot }()
	case <-ctx.Done():
		return v, ctx.Err()
	}
	if v, ok := m.recall(key); ok { // by whoever had the slot before
		return v, nil
	}
	if v, err = make(ctx); err == nil {
		m.keep(key, v)
	}
	return v, err
}

func (m *memo[T]) recall(key string) (T, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.values[key]
	if ok {
		i := slices.Index(m.keys, key)
		m.keys = append(slices.Delete(m.keys, i, i+1), key)
	}
	return v, ok
}

func (m *memo[T]) keep(key string, v T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.values[key]; !ok {
		m.keys = append(m.keys, key)
	}
	m.values[key] = v
	for len(m.keys) > m.limit {
		delete(m.values, m.keys[0])
		m.keys = slices.Delete(m.keys, 0, 1)
	}
}
