package scan

import (
	"bytes"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// fileKinds tells by its first bytes what a file is that is not JSON. Those
// that may hold CloudTrail events are not read, which is worth a warning.
var fileKinds = []struct {
	at          int
	magic, what string
	holds       bool
}{
	{0, "\x04\x22\x4d\x18", "lz4 data: decompress it first", true},
	{0, "\xff\x06\x00\x00sNaPpY", "snappy data: decompress it first", true},
	{0, "\x1f\x9d", "compress data: decompress it first", true},
	{0, "Rar!\x1a\x07", "RAR archive: unpack it first", true},
	{0, "MSCF\x00\x00\x00\x00", "cabinet archive: unpack it first", true},
	{0, "PAR1", "Parquet: not read", true},
	{0, "PARE", "encrypted Parquet: decrypt it first", true},
	{0, "Obj\x01", "Avro: Iceberg's list of files, or other data", false},
	{0, "Permission Check Successful", "test file of a CloudWatch Logs export", false},
	{0, "EVF\x09\x0d\x0a\xff\x00", "E01 disk image: mount it first (ewfmount), and the file system in it", true},
	{0, "EVF2\x0d\x0a\x81\x00", "Ex01 disk image: mount it first (ewfmount), and the file system in it", true},
	{0, "LVF\x09\x0d\x0a\xff\x00", "L01 logical image: export its files first", true},
	{0, "LEF2\x0d\x0a\x81\x00", "Lx01 logical image: export its files first", true},
	{0, "SQLite format 3\x00", "SQLite database: not read", false},
}

// csvHeaders are column names by which exports of CloudTrail events as CSV are known.
var csvHeaders = []string{"Event name,", "eventname", "eventjson", "@message", "_raw"}

// recogniseBytes names what a file that is not JSON is. holds says that it may
// well hold CloudTrail events, so that not reading it is a loss.
func recogniseBytes(head []byte, l *listed) (what string, holds bool) {
	if kind := unpack.KindOf(head); kind != unpack.NoArchive {
		return kind.String() + whyClosed(l), true
	}
	if codec := unpack.CodecOf(head); codec != unpack.None {
		return string(codec) + " data, packed more often than is undone: decompress it first", true
	}
	for _, k := range fileKinds {
		if len(head) >= k.at && bytes.HasPrefix(head[k.at:], []byte(k.magic)) {
			return k.what, k.holds
		}
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	if bytes.IndexByte(line, ',') >= 0 {
		for _, h := range csvHeaders {
			if bytes.Contains(line, []byte(h)) {
				return "CSV export of CloudTrail events: not read", true
			}
		}
	}
	if looksLikeLog(l.path) {
		return "", false
	}
	if parser.MayHoldEvents(head) {
		return "text that has the fields of CloudTrail records in it: not read", true
	}
	return "not JSON", false
}

// whyClosed says why an archive was not opened as a container, and what to do.
func whyClosed(l *listed) string {
	switch {
	case l.level() == maxLevels:
		return " in a container that is in a container: unpack it first"
	case namedLog(l.path):
		return " under the name of a log: rename it first"
	}
	return ", compressed once more: decompress it first"
}

// looksLikeLog reports whether a name promises JSON.
func looksLikeLog(path string) bool {
	return namedLog(path) || strings.Contains(path, "/CloudTrail/")
}

// namedLog reports whether a name ends as those of logs do.
func namedLog(path string) bool {
	for _, suffix := range [...]string{".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson"} {
		if len(path) >= len(suffix) && strings.EqualFold(path[len(path)-len(suffix):], suffix) {
			return true
		}
	}
	return false
}
