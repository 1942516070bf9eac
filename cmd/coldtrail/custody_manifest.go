package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
	"github.com/coldtrail/coldtrail/scan/custody"
)

type custodyManifestCmd struct {
	custodyCase
	Format string `short:"f" enum:"sha256sum,hashdeep" default:"sha256sum" help:"sha256sum (for sha256sum -c) or hashdeep (for hashdeep -a -k)."`
	Source string `placeholder:"NAME" help:"Of a case with several sources: which."`
}

// Help implements kong.HelpProvider.
func (custodyManifestCmd) Help() string {
	return "Lists the files of the evidence, by their paths below its root, so that others' tools can check them. What lies in\n" +
		"archives is left out, which those do not look into: the archives themselves are there.\n\n" +
		"Example: coldtrail custody manifest ./case-001 --format hashdeep > known.txt; cd trail-bucket; hashdeep -a -l -r -k ../known.txt ."
}

// Run implements the command.
func (m *custodyManifestCmd) Run(c *console) error {
	if _, err := os.Stat(m.Case); err != nil {
		return usage("case: %w", err)
	}
	w := bufio.NewWriter(c.out)
	left, err := m.write(w)
	if err == nil {
		err = w.Flush()
	}
	if left > 0 && err == nil {
		fmt.Fprintf(c.err, "coldtrail: %d files are left out: the case has no hash of them, or the format no way to write their names\n", left)
	}
	return err
}

// write writes the manifest, and returns how many files are not in it.
func (m *custodyManifestCmd) write(w *bufio.Writer) (left int, err error) {
	if m.Format == "hashdeep" {
		w.WriteString(custody.HashdeepHeader)
	}
	var members scan.Members
	source, found := m.Source, m.Source == ""
	for o, err := range report.CaseObjects(m.Case) {
		if err != nil {
			return left, err
		}
		if source == "" {
			source = o.Source
		}
		member := members.Is(&o)
		switch {
		case o.Source != source && m.Source == "":
			return left, usage("the case has several sources: say which, with --source %q or --source %q …", source, o.Source)
		case o.Source != source:
			continue
		}
		found = true
		if member {
			continue
		}
		if o.SHA256 == "" || !m.line(w, &o) {
			left++
		}
	}
	if !found {
		return left, usage("--source %q: no source of the case has an object and this name", source)
	}
	return left, nil
}

func (m *custodyManifestCmd) line(w *bufio.Writer, o *scan.Object) bool {
	path := scan.FilePath(o.Path)
	if m.Format == "sha256sum" {
		w.Write(custody.AppendSHA256(nil, o.SHA256, path))
		return true
	}
	line, ok := custody.AppendHashdeep(nil, o.Size, o.SHA256, "./"+path)
	w.Write(line)
	return ok
}
