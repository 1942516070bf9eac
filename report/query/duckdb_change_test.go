//go:build cgo

package query

import (
	"slices"
	"testing"
)

// change runs a statement that the dialect would have made of one that changes the session.
func change(t *testing.T, db *DB, kind, before, inner string) error {
	t.Helper()
	_, err := run(t, db, &Rewritten{SQL: before + inner, Kind: kind, Inner: inner})
	return err
}

func TestSessionTables(t *testing.T) {
	dir := caseOf(t, oneEvent)
	db := opened(t, dir)
	before := fingerprint(t, dir)
	for _, s := range []struct{ kind, before, inner string }{
		{"CREATE TABLE", `CREATE TABLE main."T" AS `, "SELECT range AS n FROM range(3)"},
		{"INSERT", `INSERT INTO main."T" `, "VALUES (7)"},
		{"CREATE VIEW", `CREATE VIEW main.v AS `, "SELECT n + 1 AS m FROM main.t"},
	} {
		if err := change(t, db, s.kind, s.before, s.inner); err != nil {
			t.Fatalf("%s: %v", s.before, err)
		}
	}
	if !db.isSession("t") || !db.isSession("v") || db.isSession("events") {
		t.Errorf("session: %v", db.session)
	}
	rawWant(t, db, "SELECT m FROM main.v ORDER BY 1", "1\n2\n3\n8")
	if err := change(t, db, "DROP VIEW", "DROP VIEW main.v", ""); err != nil || db.isSession("v") {
		t.Errorf("%v, session: %v", err, db.session)
	}
	// What fails leaves nothing behind.
	for _, s := range []struct{ kind, before, inner string }{
		{"CREATE TABLE", "CREATE TABLE main.u AS ", "SELECT error('no') FROM range(3)"},
		{"INSERT", "INSERT INTO main.t ", "SELECT CASE WHEN range > 2000 THEN error('no')::INT END FROM range(3000)"},
	} {
		if err := change(t, db, s.kind, s.before, s.inner); err == nil {
			t.Errorf("%s%s: was run", s.before, s.inner)
		}
	}
	rawWant(t, db, "SELECT count(*) FROM main.t", "4")
	if db.isSession("u") || !slices.Equal(before, fingerprint(t, dir)) {
		t.Error("something is left behind")
	}
	rows, err := func() (*Rows, error) {
		c, err := db.connect(t.Context())
		if err != nil {
			return nil, err
		}
		s := &statement{conn: c, r: &Rewritten{SQL: "INSERT INTO main.t SELECT range FROM range(5)", Kind: "INSERT", Inner: "SELECT range FROM range(5)"}}
		return s.rows()
	}()
	if err != nil || rows.Changed() != 5 || rows.Columns() != nil || rows.Next() || rows.Err() != nil || rows.Close() != nil {
		t.Errorf("INSERT: %+v, %v", rows, err)
	}
}

// What coldtrail made stays as it is, whatever the dialect lets through.
func TestOwnTablesStay(t *testing.T) {
	db := opened(t, caseOf(t, oneEvent))
	c, err := db.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if err := db.define(c, "ct.texts"); err != nil {
		t.Fatal(err)
	}
	made, err := c.made()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct{ kind, before, inner string }{
		{"DROP VIEW", "DROP VIEW ct.events", ""}, {"DROP VIEW", "DROP VIEW IF EXISTS ct.findings", ""}, {"DROP TABLE", "DROP SCHEMA ct CASCADE", ""},
		{"DROP TABLE", "DROP MACRO ct.texts", ""}, {"CREATE VIEW", "CREATE OR REPLACE VIEW ct.events AS ", "SELECT 1"}, {"CREATE TABLE", "CREATE TABLE ct.x AS ", "SELECT 1"},
		{"CREATE TABLE", "CREATE TEMP TABLE x AS ", "SELECT 1"}, {"CREATE VIEW", "CREATE SCHEMA s", ""}, {"CREATE TABLE", "CREATE MACRO lower(x) AS 'x' || ", "VALUES (1)"},
		{"CREATE VIEW", "CREATE TYPE x AS ENUM ", "SELECT 'a'"}, {"CREATE TABLE", "CREATE SEQUENCE s", ""}, {"CREATE TABLE", "CREATE OR REPLACE MACRO ct.texts(j) AS ", "SELECT 1"},
	} {
		if err := change(t, db, s.kind, s.before, s.inner); err == nil {
			t.Errorf("%s%s: was run", s.before, s.inner)
		}
	}
	if now, err := c.made(); err != nil || now != made || made == "" {
		t.Errorf("made %q, was %q, %v", now, made, err)
	}
	want(t, db, "SELECT eventid FROM events", "e1")
}
