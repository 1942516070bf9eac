package detect

import "time"

// fading is state by key, bounded twice: what no event touched for longer than idle is
// forgotten, and where there are more than max keys, the one that has been idle for longest
// gives way. That is counted: what it would have led to is not found. State that is heavy is
// bounded by bytes too: above most, those idle for longest give way until half of it is free.
//
// Times are the events', and must not fall. Who gives way depends on the sequence of calls
// alone.
type fading[T any] struct {
	idle    time.Duration
	t       *table[aged[T]]
	close   func(key string, v *T)
	evicted int64
	heavy   bool
	most    int      // bytes; maxHeavy, unless whoever made it sets another bound
	bytes   int      // of all keys, as last weighed
	used    *aged[T] // was touched last, and may have grown since
}

type aged[T any] struct {
	v     T
	last  time.Time
	bytes int
}

// heavy is state that knows how many bytes it holds beside itself.
type heavy interface{ held() int }

// maxHeavy bounds the bytes that state of one kind holds: of sets of few values, for all the subjects there may be.
const maxHeavy = 8 << 20

// newFading makes one. close, which may be nil, sees what is forgotten, for whatever reason.
func newFading[T any](max int, idle time.Duration, close func(key string, v *T)) *fading[T] {
	if close == nil {
		close = func(string, *T) {}
	}
	f := &fading[T]{idle: idle, close: close, most: maxHeavy}
	_, f.heavy = any((*T)(nil)).(heavy)
	f.t = newTable(max, func(key string, a *aged[T]) {
		f.evicted++
		f.over(key, a)
	})
	return f
}

// over closes what is about to be removed.
func (f *fading[T]) over(key string, a *aged[T]) {
	f.close(key, &a.v)
	f.lighten(a)
}

func (f *fading[T]) lighten(a *aged[T]) {
	f.bytes -= a.bytes
	if f.used == a {
		f.used = nil
	}
}

// weigh weighs what was touched last, and makes room.
func (f *fading[T]) weigh() {
	if f.used == nil {
		return
	}
	n := any(&f.used.v).(heavy).held()
	f.bytes += n - f.used.bytes
	f.used.bytes = n
	if f.bytes > f.most {
		f.giveWay(func() bool { return f.bytes > f.most/2 })
	}
}

// expire forgets what has been idle for too long.
func (f *fading[T]) expire(now time.Time) {
	f.t.expire(func(key string, a *aged[T]) bool {
		over := now.Sub(a.last) > f.idle
		if over {
			f.over(key, a)
		}
		return over
	})
}

// touch returns the key's state, new where it had none, as used now. It is valid until
// another key is touched.
func (f *fading[T]) touch(key string, now time.Time) *T {
	f.weigh()
	f.expire(now)
	a := f.t.touch(key)
	a.last = now
	if f.heavy {
		f.used = a
	}
	return &a.v
}

// peek returns the key's state, nil where it has none. It does not count as a use.
func (f *fading[T]) peek(key string, now time.Time) *T {
	if a := f.t.peek(key); a != nil && now.Sub(a.last) <= f.idle {
		return &a.v
	}
	return nil
}

// giveWay forgets the keys that have been idle for longest, for as long as more of them must.
func (f *fading[T]) giveWay(more func() bool) {
	f.t.expire(func(key string, a *aged[T]) bool {
		if !more() {
			return false
		}
		f.evicted++
		f.over(key, a)
		return true
	})
}

// each visits all states, the longest idle first.
func (f *fading[T]) each(visit func(v *T)) {
	f.t.each(func(_ string, a *aged[T]) { visit(&a.v) })
}

// forget forgets the key, of which close does not hear.
func (f *fading[T]) forget(key string) {
	if n := f.t.nodes[key]; n != nil {
		f.lighten(&n.v)
		f.t.remove(n)
	}
}

// flush forgets everything.
func (f *fading[T]) flush() {
	f.t.expire(func(key string, a *aged[T]) bool { f.over(key, a); return true })
}

// len returns how many keys have state.
func (f *fading[T]) len() int { return len(f.t.nodes) }

// count returns how many keys had to give way.
func (f *fading[T]) count() int64 { return f.evicted }
