//go:build cgo

package query

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fingerprint returns the names and hashes of all below a directory.
func fingerprint(t testing.TB, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			all = append(all, path)
			return err
		}
		b, err := os.ReadFile(path)
		all = append(all, fmt.Sprintf("%s %x", path, sha256.Sum256(b)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

const secret = "THE-SECRET-OUTSIDE"

// hostileQueries try to read or to write what is outside of the case, or to change how the
// engine works. FILE is a file that holds the secret, NEW one that is not there, CASE the case's
// directory, PART the name by which the engine knows a part of the event store.
var hostileQueries = []string{
	"SELECT * FROM read_csv('FILE')", "SELECT * FROM read_csv_auto('FILE')", "SELECT * FROM read_text('FILE')", "SELECT * FROM read_blob('FILE')",
	"SELECT * FROM read_json('FILE')", "SELECT * FROM read_ndjson_objects('FILE')", "SELECT * FROM read_parquet('FILE')", "SELECT * FROM parquet_metadata('FILE')",
	"SELECT * FROM sniff_csv('FILE')", "SELECT * FROM read_duckdb('FILE')", "SELECT * FROM 'FILE'", `SELECT * FROM "FILE"`, "FROM 'FILE'", "TABLE 'FILE'",
	"SELECT * FROM glob('CASE/../*')", "SELECT * FROM glob('/*')", "SELECT * FROM read_text('CASE/../outside/secret.csv')", "SELECT * FROM read_text('CASE/link')",
	"SELECT * FROM read_text('CASE/manifest.jsonl')", "SELECT * FROM read_text('PART/../../../../FILE')", "SELECT * FROM read_text('file:FILE')",
	"SELECT * FROM read_text('https://192.0.2.1/')", "SELECT * FROM read_csv('s3://bucket/x')", "SELECT * FROM query('SELECT * FROM read_text(''FILE'')')",
	"SELECT * FROM query_table('FILE')", "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM read_text(''FILE'')'))",
	"WITH x AS (SELECT * FROM read_text('FILE')) SELECT * FROM x", "SELECT (SELECT content FROM read_text('FILE'))", "SELECT 1 WHERE EXISTS (SELECT * FROM read_text('FILE'))",
	"SELECT * FROM events, LATERAL (SELECT * FROM read_text('FILE'))", "SELECT /* */ * FROM/**/read_text/**/('FILE')", `SELECT * FROM "read_text"('FILE')`,
	"SELECT * FROM system.main.read_text('FILE')", "EXPLAIN ANALYZE SELECT * FROM read_text('FILE')", "DESCRIBE SELECT * FROM read_text('FILE')",
	"SUMMARIZE SELECT * FROM read_text('FILE')", "CREATE TABLE t AS SELECT * FROM read_text('FILE')", "CREATE VIEW v AS SELECT * FROM read_text('FILE')",
	"COPY (SELECT 1) TO 'NEW'", "COPY events TO 'NEW' (FORMAT csv)", "COPY t FROM 'FILE'", "EXPLAIN ANALYZE COPY (SELECT 1) TO 'NEW'", "EXPLAIN ANALYZE COPY (SELECT 1) TO 'PART'",
	"COPY (SELECT 1) TO 'PART'", "EXPORT DATABASE 'NEW'", "IMPORT DATABASE 'CASE'", "ATTACH 'NEW'", "ATTACH 'NEW' AS x (TYPE sqlite)", "ATTACH ':memory:' AS y", "DETACH memory", "USE main",
	"INSTALL httpfs", "LOAD httpfs", "FORCE INSTALL inet FROM 'NEW'", "PRAGMA database_list", "PRAGMA enable_profiling", "PRAGMA table_info('events')",
	"SET enable_external_access = true", "SET GLOBAL allowed_directories = ['/']", "SET memory_limit = '1TB'", "RESET lock_configuration", "SET VARIABLE x = 1",
	"CALL pragma_version()", "CALL enable_logging()", "SELECT * FROM enable_logging('FileSystem', storage='file', storage_path='NEW')",
	"SELECT * FROM enable_profiling(format='json', save_location='NEW.json')", "SELECT * FROM enable_profiling()", "SELECT * FROM truncate_duckdb_logs()", "CHECKPOINT", "FORCE CHECKPOINT",
	"SELECT * FROM arrow_scan(1, 1, 1)", "SELECT * FROM seq_scan('x')", "SELECT * FROM duckdb_settings()", "SELECT * FROM duckdb_secrets()", "SELECT current_setting('allowed_paths')",
	"SELECT getenv('HOME')", "SELECT getvariable('x')", "SELECT write_log('x')", "SELECT sleep_ms(1)", "SELECT nextval('x')", "VACUUM", "ANALYZE",
	"CREATE SECRET s (TYPE s3)", "CREATE PERSISTENT SECRET s (TYPE s3)", "CREATE MACRO m(x) AS x", "CREATE OR REPLACE MACRO ct.texts(j) AS j", "CREATE FUNCTION lower(x) AS x", "CREATE SCHEMA s",
	"CREATE SEQUENCE s", "CREATE TYPE t AS ENUM ('a')", "CREATE INDEX i ON t (x)", "CREATE TRIGGER t", "ALTER TABLE t RENAME TO u", "ALTER VIEW ct.events RENAME TO u",
	"DROP VIEW ct.events", "DROP VIEW IF EXISTS ct.events CASCADE", "DROP SCHEMA ct CASCADE", "DROP MACRO ct.texts", "CREATE OR REPLACE VIEW ct.events AS SELECT 1", "CREATE TABLE ct.t AS SELECT 1",
	"PREPARE p AS SELECT 1", "EXECUTE p", "DEALLOCATE p", "BEGIN TRANSACTION", "COMMIT", "ROLLBACK", "DELETE FROM events", "UPDATE events SET eventname = 'x'", "TRUNCATE events", "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
	"SELECT 1; COPY (SELECT 1) TO 'NEW'", "SELECT 1;SELECT 2", "/* /* */ */ COPY (SELECT 1) TO 'NEW'", "-- x\nCOPY (SELECT 1) TO 'NEW'", "SELECT ?", "SELECT $1", "SELECT $x", "SELECT 1\x00; COPY (SELECT 1) TO 'NEW'", "COMMENT ON VIEW ct.events IS 'x'",
	"", ";", "(", "\x00", "\xff\xfe", "SELECT '", "SELECT \"", "SELECT $$", "/*", strings.Repeat("(", 100000), "SELECT " + strings.Repeat("-", 100000) + "1",
	"SELECT " + strings.Repeat("1+", 50000) + "1", "SELECT " + strings.Repeat("[", 3000) + strings.Repeat("]", 3000), "SELECT " + strings.Repeat("CASE WHEN true THEN ", 3000) + "1" + strings.Repeat(" END", 3000),
}

// idleQueries are those of them that the dialect answers with nothing, or that make a table of the session.
var idleQueries = []string{
	"USE main", "CREATE SCHEMA s", "ALTER TABLE t RENAME TO u", "ALTER VIEW ct.events RENAME TO u", "DROP VIEW IF EXISTS ct.events CASCADE", "DROP SCHEMA ct CASCADE",
	"CREATE OR REPLACE VIEW ct.events AS SELECT 1", "CREATE TABLE ct.t AS SELECT 1",
}

// sandboxed returns a case beside a file with a secret, a link to which lies in the case, and
// what makes a hostile query of a template.
func sandboxed(t *testing.T) (root string, db *DB, fill func(string) string) {
	t.Helper()
	root = t.TempDir()
	writeObject(t, filepath.Join(root, "bucket"), "x.json", `{"eventVersion":"1.08","eventTime":"2026-03-04T10:32:26Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","eventID":"e1"}`)
	dir := analyzedInto(t, filepath.Join(root, "bucket"), filepath.Join(root, "case"))
	outside := filepath.Join(root, "outside")
	file := filepath.Join(outside, "secret.csv")
	if err := os.Mkdir(outside, 0o700); err == nil {
		err = os.WriteFile(file, []byte("a\n"+secret+"\n"), 0o600)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(file, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	db = opened(t, dir)
	names, _ := db.names()
	return root, db, strings.NewReplacer("FILE", file, "NEW", filepath.Join(outside, "new"), "CASE", dir, "PART", names.events[0]).Replace
}

func TestHostileQueries(t *testing.T) {
	root, db, fill := sandboxed(t)
	before := fingerprint(t, root)
	for _, q := range hostileQueries {
		sql := fill(q)
		lines, err := ask(t, db, sql)
		if strings.Contains(strings.Join(lines, "\n"), secret) || err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%.200s: gave the secret away", sql)
		}
		var e *Error
		if err == nil && (!slices.Contains(idleQueries, q) || len(lines) > 0) {
			t.Errorf("%.200q: was run: %.200q", sql, lines)
		} else if err != nil && !errors.As(err, &e) {
			t.Errorf("%.200q: %v: no Error", sql, err)
		}
	}
	if after := fingerprint(t, root); !slices.Equal(before, after) {
		t.Errorf("files have changed:\n%s\nwere\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
	want(t, db, "SELECT count(*) FROM cloudtrail_logs", "1")
	rawWant(t, db, "SELECT eventid FROM ct.events", "e1")
}

// TestHostileStatements has the engine's own checks judge what the dialect would refuse
// already, or might be tricked into.
func TestHostileStatements(t *testing.T) {
	root, db, fill := sandboxed(t)
	before := fingerprint(t, root)
	for _, q := range hostileQueries {
		for kind := range statementTypes {
			for _, inner := range []string{"", "SELECT 1"} {
				if inner != "" && (kind == "SELECT" || kind == "WITH" || kind == "VALUES" || kind == "SHOW" || kind == "DESCRIBE") {
					continue // have none, as the dialect says
				}
				sql := fill(q) + inner
				if lines, err := run(t, db, &Rewritten{SQL: sql, Kind: kind, Inner: inner}); err == nil && !harmless(kind, inner, q) {
					t.Errorf("%s (%q): %.200q: was run: %q", kind, inner, sql, lines)
				}
			}
		}
	}
	if after := fingerprint(t, root); !slices.Equal(before, after) {
		t.Errorf("files have changed:\n%s\nwere\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
	want(t, db, "SELECT count(*) FROM cloudtrail_logs", "1")
}

// harmless says that a statement of the list may be run where a dialect would say falsely what it is.
func harmless(kind, inner, q string) bool {
	return strings.HasPrefix(kind, "DROP ") && q == "DEALLOCATE p" || kind == "INSERT" && inner != "" && q == ""
}

// run runs a statement as if the dialect had made it.
func run(t testing.TB, db *DB, r *Rewritten) (lines []string, err error) {
	t.Helper()
	return runWith(context.Background(), t, db, r)
}

func runWith(ctx context.Context, t testing.TB, db *DB, r *Rewritten) (lines []string, err error) {
	t.Helper()
	c, err := db.connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s := &statement{conn: c, sql: r.SQL, r: r}
	rows, err := s.rows()
	if err != nil {
		s.close()
		return nil, err
	}
	for rows.Next() {
		lines = append(lines, Text(Struct{{"row", rows.Values()}}))
	}
	return lines, errors.Join(rows.Err(), rows.Close())
}
