package detect

import "strings"

// table keeps the state of at most max subjects, in the order in which they
// were last touched. The order depends on the sequence of calls alone, so that
// which subject is evicted is the same in every run.
type table[T any] struct {
	max   int
	evict func(key string, v *T) // sees what leaves because the table is full
	nodes map[string]*node[T]
	root  node[T] // root.next: idle for longest; root.prev: touched last
}

type node[T any] struct {
	key        string
	v          T
	prev, next *node[T]
}

func newTable[T any](max int, evict func(string, *T)) *table[T] {
	t := &table[T]{max: max, evict: evict, nodes: map[string]*node[T]{}}
	t.root.next, t.root.prev = &t.root, &t.root
	return t
}

func (t *table[T]) peek(key string) *T {
	if n := t.nodes[key]; n != nil {
		return &n.v
	}
	return nil
}

// touch returns the subject's state, new where it had none, as the most recent.
func (t *table[T]) touch(key string) *T {
	n := t.nodes[key]
	if n == nil {
		if len(t.nodes) >= t.max {
			idle := t.root.next
			t.evict(idle.key, &idle.v)
			t.remove(idle)
		}
		n = &node[T]{key: strings.Clone(key)}
		t.nodes[n.key] = n
	} else {
		n.prev.next, n.next.prev = n.next, n.prev
	}
	n.prev, n.next = t.root.prev, &t.root
	n.prev.next, t.root.prev = n, n
	return &n.v
}

// expire removes subjects, the longest idle first, for as long as done agrees.
func (t *table[T]) expire(done func(key string, v *T) bool) {
	for n := t.root.next; n != &t.root && done(n.key, &n.v); n = t.root.next {
		t.remove(n)
	}
}

// each visits all subjects, the longest idle first.
func (t *table[T]) each(visit func(key string, v *T)) {
	for n := t.root.next; n != &t.root; n = n.next {
		visit(n.key, &n.v)
	}
}

func (t *table[T]) remove(n *node[T]) {
	n.prev.next, n.next.prev = n.next, n.prev
	delete(t.nodes, n.key)
}
