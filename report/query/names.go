package query

import (
	"strconv"
	"strings"
)

// columnNames returns the names of a result's columns as AWS gives them: an expression without
// a name is _col and its place, counted from 0; Athena writes names in lower case, CloudTrail Lake as
// they were typed. engine are the engine's names.
func columnNames(items []Item, engine []string, lake bool) []string {
	names := make([]string, len(engine))
	for i, item := range place(items, len(engine)) {
		name := engine[i]
		switch {
		case item != nil && item.Name == "":
			name = "_col" + strconv.Itoa(i)
		case item != nil:
			name = item.Name
		}
		if !lake {
			name = strings.ToLower(name)
		}
		names[i] = name
	}
	return names
}

// place says which item of the SELECT each of n columns comes from; nil: of a star, or not known.
func place(items []Item, n int) []*Item {
	places := make([]*Item, n)
	stars := 0
	for _, item := range items {
		if item.Star {
			stars++
		}
	}
	if stars > 1 || stars == 0 && len(items) != n || len(items)-stars > n {
		return places
	}
	column := 0
	for i := range items {
		if items[i].Star {
			column += n - (len(items) - 1)
			continue
		}
		places[column] = &items[i]
		column++
	}
	return places
}
