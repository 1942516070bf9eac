package detect

import (
	"fmt"
	"testing"
)

// A set of few is a set, up to its bound, whether its values are looked through or indexed.
func TestFew(t *testing.T) {
	var f few
	if f.has("") || f.add("") || f.len() != 0 || f.held() != 0 {
		t.Fatalf("%+v", f)
	}
	bytes := setBytes
	for i := range maxFew {
		buf := fmt.Appendf(nil, "value %d", i)
		v := alias(buf)
		if f.has(v) || !f.add(v) || f.add(v) || !f.has(v) || f.len() != i+1 {
			t.Fatalf("value %d of %d", i, f.len())
		}
		bytes += valueBytes + len(v)
		clear(buf) // the set keeps a copy
	}
	if f.held() != bytes {
		t.Errorf("%d bytes, want %d", f.held(), bytes)
	}
	for i := range maxFew {
		if !f.has(fmt.Sprint("value ", i)) {
			t.Errorf("value %d is gone", i)
		}
	}
	if f.add("one more") || f.has("one more") {
		t.Error("more than the bound")
	}
}
