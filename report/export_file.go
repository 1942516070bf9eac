package report

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// An ExportFormat is a way to hand a case on as one file.
type ExportFormat struct {
	Name    string
	Doc     string   // what the file holds and what reads it, in one line
	Endings []string // how the file's name must end, where a reader goes by that
	Summary bool     // it is made from the events, which are not in it
	write   func(s *EventStore, ctx context.Context, w io.Writer, f *Filter) (FileExported, error)
	// file is there instead of write where what stands first is known last.
	file func(s *EventStore, ctx context.Context, file *os.File, f *Filter) (FileExported, error)
}

// A FileExported says what the file of an export holds.
type FileExported struct {
	Events int64
	Notes  []string // what its reader should know, in sentences
}

var exportFormats []*ExportFormat

func exportFormat(x ExportFormat) *ExportFormat { //nolint:unparam // what registers a package variable returns it
	exportFormats = append(exportFormats, &x)
	return &x
}

// ExportFormats returns the formats of one file, by their names.
func ExportFormats() []*ExportFormat {
	return slices.SortedFunc(slices.Values(exportFormats), func(a, b *ExportFormat) int { return strings.Compare(a.Name, b.Name) })
}

// ExportFormatNamed returns the format of a name; nil: there is none.
func ExportFormatNamed(name string) *ExportFormat {
	if i := slices.IndexFunc(exportFormats, func(x *ExportFormat) bool { return x.Name == name }); i >= 0 {
		return exportFormats[i]
	}
	return nil
}

// listExport writes a line for each event, behind a header.
func listExport(fields []field, header []byte, out lister) func(*EventStore, context.Context, io.Writer, *Filter) (FileExported, error) {
	return func(s *EventStore, ctx context.Context, w io.Writer, f *Filter) (FileExported, error) {
		if _, err := w.Write(header); err != nil {
			return FileExported{}, err
		}
		var listed Listed
		err := s.listRows(ctx, w, f, fields, out, &listed)
		return FileExported{Events: listed.Events}, err
	}
}

// csvExport writes a line of CSV for each event.
func csvExport(fields []field) func(*EventStore, context.Context, io.Writer, *Filter) (FileExported, error) {
	return listExport(fields, csvHeader(fields), csvLister(fields))
}

// CheckName says what is wrong with a file's name for the format.
func (x *ExportFormat) CheckName(path string) error {
	for _, e := range x.Endings {
		if strings.HasSuffix(path, e) {
			return nil
		}
	}
	if len(x.Endings) == 0 {
		return nil
	}
	return fmt.Errorf("%s: its reader goes by the file's name, which must end in %s", path, strings.Join(x.Endings, " or "))
}

// ExportFile writes the events that the filter selects into a file that must not exist. It
// has its name only when all of it is on the disk, and the same bytes whenever it is written.
func (s *EventStore) ExportFile(ctx context.Context, path string, x *ExportFormat, f *Filter) (told FileExported, err error) {
	if err := x.CheckName(path); err != nil {
		return told, err
	}
	err = WriteBeside(path, func(w io.Writer) (err error) {
		if x.file != nil {
			told, err = x.file(s, ctx, w.(*os.File), f)
			return err
		}
		out := bufio.NewWriterSize(w, 256<<10)
		if told, err = x.write(s, ctx, out, f); err != nil {
			return err
		}
		return out.Flush()
	})
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return told, err
}
