package rules

import (
	"embed"
	"io/fs"

	"github.com/coldtrail/coldtrail/detect/sigma"
)

//go:embed */*.yml
var files embed.FS

// Load compiles the embedded rules. None is rejected: a test sees to it.
func Load() *sigma.Collection {
	return sigma.Load(Files(), sigma.Options{Builtin: true})
}

// Files returns the embedded rules as they are written, sorted by name.
func Files() (all []sigma.File) {
	names, err := fs.Glob(files, "*/*.yml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			panic(err) // it is part of the program
		}
		all = append(all, sigma.File{Name: name, Data: data})
	}
	return all
}
