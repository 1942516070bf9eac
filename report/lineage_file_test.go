package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// someLineage is the graph of a few sessions.
func someLineage(names ...string) *detect.Lineage {
	l := detect.NewLineage(0)
	at := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	for i, name := range names {
		l.See(&detect.Caller{
			Type: "AssumedRole", Principal: "arn:aws:sts::111122223333:assumed-role/app/" + name, Key: fmt.Sprint("ASIA", i), SessionStart: at.Format(time.RFC3339),
			Role: "arn:aws:iam::111122223333:role/app", SourceIdentity: name,
		}, at, at.Add(time.Hour), int64(i))
	}
	l.Settle()
	return l
}

func lineageRows(l *detect.Lineage) (all []detect.LineageRow) {
	for row := range l.Rows() {
		all = append(all, *row)
	}
	return all
}

// The file of a graph gives it back, and what is no such file nothing.
func TestLineageFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, lineageFile)
	if _, err := readLineage(t.Context(), dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	l := someLineage("alice", "böb", "<script>", "")
	writeTo(t, path, func(w io.Writer) error { return writeLineage(w, l.Rows()) })
	again, err := readLineage(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := lineageRows(again), lineageRows(l); !slices.Equal(got, want) || len(got) < 8 {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]string{
		"cut short": string(whole[:len(whole)-9]), "empty": "", "another table": strings.ReplaceAll(string(whole), "event_ordinal", "event_ordina1"),
		"another kind": strings.ReplaceAll(string(whole), "principal", "princ1pal"),
	} {
		writeTo(t, path, func(w io.Writer) error { _, err := io.WriteString(w, b); return err })
		if _, err := readLineage(t.Context(), dir); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !areTexts(l.Rows()) || areTexts(someLineage("alice", "b\xffb").Rows()) {
		t.Error("names that are no texts are kept, or others are not")
	}
}
