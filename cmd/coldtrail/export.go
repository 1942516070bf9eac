package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
)

type exportCmd struct {
	caseArg
	Format string `short:"f" default:"parquet" placeholder:"FORMAT" help:"parquet (default), case-uco, or one of the others above."`
	Output string `short:"o" required:"" placeholder:"PATH" help:"The file to make, or with parquet the directory. It must not exist."`
	Redact bool   `help:"Account IDs, access keys, addresses, ARNs and names become pseudonyms, the same in every export of the case. Structure, times and the names of calls and services stay."`
	Keys   string `name:"key-table" placeholder:"FILE" help:"With --redact: where to write what stands for what, readable by nobody else (default: PATH.keys.jsonl). It must not exist, nor lie in the export."`
	filterFlags
}

// Help implements kong.HelpProvider.
func (exportCmd) Help() string {
	var b strings.Builder
	b.WriteString("Example: coldtrail export ./case-001 --format records -o march.json.gz --since 2026-03-01\n\nFormats:\n\n" +
		"parquet: files in directories account=/region=/year=/month=/day=, in UTC, with the statements that make tables of them.\n\n" +
		"case-uco: what the custody log says, as CASE/UCO 1.4 JSON-LD.\n\n")
	for _, x := range report.ExportFormats() {
		b.WriteString(x.Name + ": " + x.Doc + ".\n\n")
	}
	return b.String() + filterHelp
}

// Run implements the command.
func (e *exportCmd) Run(ctx context.Context, c *console) error {
	f, err := e.filter()
	if err != nil {
		return err
	}
	format := report.ExportFormatNamed(e.Format)
	switch {
	case e.Keys != "" && !e.Redact:
		return usage("--key-table has no use without --redact")
	case e.Redact && e.Format == "case-uco":
		return usage("--format case-uco is about who handled the evidence, and has no redacted form")
	case e.Format == "case-uco":
		return e.caseUCO(ctx, f)
	case format == nil && e.Format != "parquet":
		return usage("--format %s: not one of parquet, case-uco, %s", e.Format, strings.Join(fileFormats(), ", "))
	case format != nil:
		if err := format.CheckName(e.Output); err != nil {
			return usage("--output %w", err)
		}
	}
	s, err := e.open()
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := os.Lstat(e.Output); err == nil {
		return usage("%s exists and is never overwritten: choose another name", e.Output)
	}
	if scan.Outside(e.Output, []string{e.Case}) != nil {
		return usage("%s lies inside the case, which is not written to", e.Output)
	}
	if e.Redact {
		return e.redacted(ctx, c, s, format, f)
	}
	return e.write(ctx, c, s, format, f)
}

// write writes the export.
func (e *exportCmd) write(ctx context.Context, c *console, s *report.EventStore, format *report.ExportFormat, f *report.Filter) error {
	if format != nil {
		return e.file(ctx, c, s, format, f)
	}
	told, err := s.Export(ctx, e.Output, f)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.err, "coldtrail: %d events in %d files of %d partitions are in %s; README there says how to query them\n",
		told.Events, told.Files, told.Partitions, report.Terminal(e.Output))
	if err != nil || told.Events > 0 {
		return err
	}
	return nothingMatched(c, s, f)
}

// redacted writes the table of pseudonyms, and then the export. Of both there is none where one fails.
func (e *exportCmd) redacted(ctx context.Context, c *console, s *report.EventStore, format *report.ExportFormat, f *report.Filter) error {
	keys := e.Keys
	if keys == "" {
		keys = filepath.Clean(e.Output) + ".keys.jsonl"
	}
	switch _, err := os.Lstat(keys); {
	case err == nil:
		return usage("--key-table %s exists and is never overwritten: choose another name", keys)
	case scan.Outside(keys, []string{e.Case}) != nil:
		return usage("--key-table %s lies inside the case, which is not written to", keys)
	case lexicallyInside(keys, e.Output):
		return usage("--key-table %s lies inside the export, which is to be handed on without it", keys)
	}
	shown, err := s.Redacted(ctx)
	if err != nil {
		return err
	}
	defer shown.Close()
	if err := writeNew(keys, shown.WriteRedactionKeys); err != nil {
		return err
	}
	if err := e.write(ctx, c, shown, format, f); err != nil {
		return errors.Join(err, os.Remove(keys))
	}
	_, err = fmt.Fprintf(c.err, "coldtrail: what the pseudonyms stand for is in %s: whoever has it can undo the redaction\n", report.Terminal(keys))
	return err
}

// lexicallyInside reports whether a path lies in a directory that need not exist yet.
func lexicallyInside(path, dir string) bool {
	p, perr := filepath.Abs(path)
	d, derr := filepath.Abs(dir)
	rel, err := filepath.Rel(d, p)
	return errors.Join(perr, derr, err) == nil && filepath.IsLocal(rel)
}

// file writes a format of one file.
func (e *exportCmd) file(ctx context.Context, c *console, s *report.EventStore, format *report.ExportFormat, f *report.Filter) error {
	told, err := s.ExportFile(ctx, e.Output, format, f)
	if err != nil {
		return err
	}
	said := fmt.Sprintf("%d events are in %s", told.Events, report.Terminal(e.Output))
	if format.Summary {
		said = fmt.Sprintf("%s is made from %d events", report.Terminal(e.Output), told.Events)
	}
	for _, note := range append([]string{said}, told.Notes...) {
		if _, err := fmt.Fprintf(c.err, "coldtrail: %s\n", note); err != nil {
			return err
		}
	}
	if told.Events > 0 {
		return nil
	}
	return nothingMatched(c, s, f)
}

func fileFormats() (names []string) {
	for _, x := range report.ExportFormats() {
		names = append(names, x.Name)
	}
	return names
}

// caseUCO writes the graph of the case's custody, of which filters select nothing.
func (e *exportCmd) caseUCO(ctx context.Context, f *report.Filter) error {
	if f.String() != "" {
		return usage("--format case-uco has no events, of which %s could select some", f)
	}
	if _, err := os.Stat(e.Case); err != nil {
		return usage("case: %w", err)
	}
	if scan.Outside(e.Output, []string{e.Case}) != nil {
		return usage("%s lies inside the case, which is not written to", e.Output)
	}
	return logError(writeNew(e.Output, func(w io.Writer) error { return report.WriteCaseUCO(ctx, w, e.Case) }))
}
