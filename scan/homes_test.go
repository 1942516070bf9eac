package scan

import (
	"fmt"
	"slices"
	"testing"
)

func TestHomes(t *testing.T) {
	var a, b homes
	for _, account := range []string{"2", "2", "", "1"} {
		a.see(account)
	}
	b.see("3")
	b.merge(&a)
	if got := b.list(); !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Error(got)
	}
	for i := range MaxHomes {
		b.see(fmt.Sprint("x", i))
	}
	if b.list() != nil {
		t.Error("too many, and some are told")
	}
	if a.merge(&b); a.list() != nil {
		t.Error("one of too many, and some are told")
	}
}
