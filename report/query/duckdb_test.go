//go:build cgo

package query

import (
	"strings"
	"testing"
)

// opened opens a case for the length of a test.
func opened(t testing.TB, dir string) *DB {
	t.Helper()
	db, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// ask returns the rows of a query as lines of texts, joined by |; NULL is –.
func ask(t testing.TB, db *DB, sql string) (lines []string, err error) {
	t.Helper()
	rows, err := db.Query(t.Context(), sql)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var texts []string
		for _, v := range rows.Values() {
			if v == nil {
				texts = append(texts, "–")
			} else {
				texts = append(texts, Text(v))
			}
		}
		lines = append(lines, strings.Join(texts, "|"))
	}
	if err := rows.Err(); err != nil {
		rows.Close()
		return nil, err
	}
	return lines, rows.Close()
}

// want compares the lines of a query, joined by a line break.
func want(t *testing.T, db *DB, sql, lines string) {
	t.Helper()
	got, err := ask(t, db, sql)
	if err != nil {
		t.Errorf("%s: %v", sql, err)
	} else if text := strings.Join(got, "\n"); text != lines {
		t.Errorf("%s:\n%s\nwant\n%s", sql, text, lines)
	}
}

func TestQuery(t *testing.T) {
	db := opened(t, caseOf(t, `{"eventVersion":"1.08","eventTime":"2026-03-04T10:32:26Z","eventSource":"s3.amazonaws.com","eventName":"GetObject",
		"awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.1","eventID":"e1","readOnly":true,"recipientAccountId":"111122223333",
		"userIdentity":{"type":"IAMUser","userName":"mallory"},"requestParameters":{"bucketName":"b","n":1.50,"deep":{"x":[1,"y"]},"none":null}}`))
	want(t, db, "SELECT eventname, useridentity.username, errorcode FROM cloudtrail_logs", "GetObject|mallory|–")
	want(t, db, "SELECT count(*) FROM events", "1")
}

// Everything that coldtrail defines is understood by the engine.
func TestDefine(t *testing.T) {
	db := opened(t, caseOf(t, oneEvent))
	c, err := db.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for name := range db.all {
		if err := db.define(c, name); err != nil {
			t.Error(err)
		}
	}
	if len(db.defined) != len(db.all) {
		t.Errorf("%d of %d definitions", len(db.defined), len(db.all))
	}
}
