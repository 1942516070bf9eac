package integrity

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// lsLine is a line of `aws s3 ls --recursive`.
var lsLine = regexp.MustCompile(`^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) +(\d+) (.+)$`)

// lines reads what is no JSON: an inventory's CSV, or what `aws s3 ls` prints.
func (t *Taker) lines(b *bufio.Reader) error {
	line, _ := b.Peek(4 << 10)
	first, _, _ := strings.Cut(string(line), "\n")
	switch {
	case lsLine.MatchString(strings.TrimRight(first, "\r")):
		return t.ls(b)
	case strings.Contains(first, `,`) && strings.Contains(first, `"`):
		return t.inventory(csv.NewReader(b))
	}
	return errNothing
}

func (t *Taker) ls(b *bufio.Reader) error {
	s := bufio.NewScanner(b)
	for n := 1; s.Scan(); n++ {
		line := strings.TrimRight(s.Text(), "\r")
		m := lsLine.FindStringSubmatch(line)
		switch {
		case m == nil && (strings.TrimSpace(line) == "" || strings.HasPrefix(strings.TrimSpace(line), "Total ")):
			continue // --summarize
		case m == nil:
			return fmt.Errorf("line %d: not one of s3 ls --recursive", n)
		}
		size, err := strconv.ParseInt(m[2], 10, 64)
		if err == nil && t.Listed != nil {
			err = t.Listed(&Listed{Key: m[3], Size: size, Modified: m[1] + " (local time of whoever listed it)"})
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return s.Err()
}

// columns are what an inventory has for certain, where no manifest names them.
var (
	currentColumns = []string{"Bucket", "Key", "Size", "LastModifiedDate"}
	versionColumns = []string{"Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "LastModifiedDate"}
)

// inventory reads the CSV of an S3 Inventory. It has no header, and keys are encoded as in URLs.
func (t *Taker) inventory(r *csv.Reader) error {
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	columns := t.schema
	for n := 1; ; n++ {
		row, err := r.Read()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case columns == nil:
			columns = currentColumns
			if len(row) > 4 && isBool(row[3]) && isBool(row[4]) {
				columns = versionColumns
			}
		}
		if err := t.inventoryRow(columns, row); err != nil {
			return fmt.Errorf("row %d: %w", n, err)
		}
	}
}

func isBool(s string) bool { return s == "true" || s == "false" }

func (t *Taker) inventoryRow(columns, row []string) error {
	field := func(name string) string {
		if i := slices.Index(columns, name); i >= 0 && i < len(row) {
			return row[i]
		}
		return ""
	}
	key, err := url.QueryUnescape(field("Key"))
	if err != nil {
		return err
	}
	if key == "" || !slices.Contains(columns, "Key") {
		return errors.New("no key")
	}
	e := &Listed{
		Bucket: field("Bucket"), Key: key, Modified: field("LastModifiedDate"), Storage: field("StorageClass"), Version: field("VersionId"),
		Deleted: field("IsDeleteMarker") == "true", Older: field("IsLatest") == "false",
	}
	if s := field("Size"); s != "" {
		if e.Size, err = strconv.ParseInt(s, 10, 64); err != nil {
			return fmt.Errorf("size: %w", err)
		}
	}
	if e.Deleted && e.Older || t.Listed == nil {
		return nil
	}
	return t.Listed(e)
}
