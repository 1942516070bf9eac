package query

import (
	"slices"
	"testing"
)

func TestColumnNames(t *testing.T) {
	named := func(names ...string) (items []Item) {
		for _, n := range names {
			items = append(items, Item{Name: n, Star: n == "*"})
		}
		return items
	}
	for _, c := range []struct {
		items  []Item
		engine []string
		lake   bool
		want   []string
	}{
		{named("eventName", ""), []string{"eventname", "count_star()"}, false, []string{"eventname", "_col1"}},
		{named("eventName", ""), []string{"eventname", "count_star()"}, true, []string{"eventName", "_col1"}},
		{named("", "*", "N"), []string{"x+1", "A", "b", "n"}, false, []string{"_col0", "a", "b", "n"}},
		{named("", "*", "N"), []string{"x+1", "A", "b", "n"}, true, []string{"_col0", "A", "b", "N"}},
		{named("*", ""), []string{"length(x)"}, true, []string{"_col0"}}, // a star of nothing
		{named("*", "*"), []string{"a", "b"}, true, []string{"a", "b"}},
		{named("a", "b"), []string{"c"}, true, []string{"c"}}, // not the items of this result
		{nil, []string{"explain_key"}, true, []string{"explain_key"}},
	} {
		if got := columnNames(c.items, c.engine, c.lake); !slices.Equal(got, c.want) {
			t.Errorf("%v of %v: %q, want %q", c.items, c.engine, got, c.want)
		}
	}
}

func TestUniqueNames(t *testing.T) {
	var columns []Column
	for _, name := range []string{"a", "a", "a_1", "a", "b"} {
		columns = append(columns, Column{Name: name})
	}
	if got, want := UniqueNames(columns), []string{"a", "a_2", "a_1", "a_3", "b"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
