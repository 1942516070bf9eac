package report

import (
	"slices"
	"strings"
	"testing"
)

func TestEventColumns(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range leaves(eventColumns) {
		name := l.String()
		if seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = true
		if name != strings.ToLower(name) {
			t.Errorf("%s is not in lower case", name)
		}
	}
	for _, want := range []string{
		"useridentity.sessioncontext.webidfederationdata.attributes.key_value.value",
		"resources.list.element.arn", "eventjson", "copies.list.element.record_offset",
	} {
		if !seen[want] {
			t.Errorf("no column %s", want)
		}
	}
}

func TestLevels(t *testing.T) {
	for name, want := range map[string][2]int{ // repetition and definition
		"eventname": {0, 1}, "event_ts": {0, 0}, "useridentity.arn": {0, 2},
		"useridentity.sessioncontext.attributes.creationdate":                        {0, 4},
		"useridentity.sessioncontext.webidfederationdata.attributes.key_value.key":   {1, 5},
		"useridentity.sessioncontext.webidfederationdata.attributes.key_value.value": {1, 6},
		"resources.list.element.arn":                                                 {1, 4},
		"copies.list.element.record_index":                                           {1, 1},
		"marks.list.element":                                                         {1, 1},
	} {
		all := leaves(eventColumns)
		i := slices.IndexFunc(all, func(l leaf) bool { return l.String() == name })
		if i < 0 {
			t.Errorf("no column %s", name)
			continue
		}
		if got := [2]int{all[i].Repetition, all[i].Definition}; got != want {
			t.Errorf("%s: levels %v, want %v", name, got, want)
		}
	}
}
