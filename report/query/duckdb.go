//go:build cgo

package query

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/coldtrail/coldtrail/report"
)

// A DB answers queries about a case. It is safe for use by many goroutines: each query has
// a connection of its own, and all share the memory limit and the session's tables.
type DB struct {
	files    *report.StoreFiles
	instance duckdb.Database
	output   string     // how the engine opens Options.Output; "": there is none
	changes  sync.Mutex // held by the one statement that changes the session's tables
	patience int        // see the constant
	all      definitions
	defining sync.Mutex
	defined  map[string]bool

	mu      sync.Mutex
	users   int // connections; those of queries that do not end, too
	lost    int // of them those
	closed  bool
	session map[string]bool // names of the session's tables and views, lower case
}

// Open opens the case in dir for queries. Closing the DB ends what it holds: the session's
// tables, and open files of the case, which is never written.
func Open(ctx context.Context, dir string, o Options) (*DB, error) {
	store, err := report.OpenStore(dir)
	if err != nil {
		return nil, err
	}
	files, err := store.Files()
	if err = errors.Join(err, store.Close()); err != nil {
		return nil, err
	}
	db := &DB{files: files, session: map[string]bool{}, defined: map[string]bool{}, patience: patience}
	if err := db.start(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("SQL engine: %w", err), db.Close())
	}
	return db, nil
}

// start starts the engine, makes what queries see, and closes the sandbox.
func (db *DB) start(ctx context.Context, o Options) error {
	if err := db.launch(o); err != nil {
		return err
	}
	c, err := db.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	names, allowed := db.names()
	if o.Output != nil {
		db.output = openName(o.Output)
		allowed = append(allowed, db.output)
	}
	statements := []string{"SET GLOBAL TimeZone = 'UTC'", "SET GLOBAL errors_as_json = true", "SET GLOBAL parquet_metadata_cache = true"}
	all, schemas := newDefinitions(append(viewStatements(names), nameStatements()...))
	db.all = all
	statements = append(append(statements, schemas...),
		"SET allowed_paths = ["+literals(allowed)+"]",
		"SET enable_external_access = false",
		"SET lock_configuration = true")
	for _, sql := range statements {
		if err := c.run(sql); err != nil {
			return fmt.Errorf("%.60s: %w", sql, err)
		}
	}
	return db.define(c, "SELECT * FROM ct.events, ct.objects, ct.findings, ct.integrity") // what cannot be read is said at once
}

// define makes what a statement needs and is not there yet.
func (db *DB) define(c *conn, sql string) error {
	db.defining.Lock()
	defer db.defining.Unlock()
	for _, name := range db.all.used(sql) {
		if db.defined[name] {
			continue
		}
		if err := c.run(db.all[name].sql); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		db.defined[name] = true
	}
	return nil
}

// launch starts the engine with its limits.
func (db *DB) launch(o Options) error {
	if o.Memory == 0 {
		o.Memory = DefaultMemory
	}
	if o.Spill == 0 {
		o.Spill = DefaultSpill
	}
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	settings := [][2]string{
		{"memory_limit", strconv.FormatInt(o.Memory, 10) + "B"},
		{"threads", strconv.Itoa(o.Threads)},
		{"temp_directory", o.TempDir},
		{"autoinstall_known_extensions", "false"},
		{"autoload_known_extensions", "false"},
		{"allow_community_extensions", "false"},
		{"allow_persistent_secrets", "false"},
	}
	if o.TempDir != "" {
		settings = append(settings, [2]string{"max_temp_directory_size", strconv.FormatInt(o.Spill, 10) + "B"})
	}
	var config duckdb.Config
	defer duckdb.DestroyConfig(&config)
	if duckdb.CreateConfig(&config) == duckdb.StateError {
		return errors.New("no configuration")
	}
	for _, s := range settings {
		if duckdb.SetConfig(config, s[0], s[1]) == duckdb.StateError {
			return fmt.Errorf("setting %s = %s: refused", s[0], s[1])
		}
	}
	var message string
	if duckdb.OpenExt("", &db.instance, config, &message) == duckdb.StateError {
		return readEngineError(message)
	}
	return nil
}

// names returns the names under which the engine opens the case's files, and which of
// them it may open: these and nothing else.
func (db *DB) names() (f caseFiles, all []string) {
	for _, file := range db.files.Events {
		f.events = append(f.events, openName(file))
	}
	f.objects, f.findings = openName(db.files.Objects), openName(db.files.Findings)
	all = append(append(all, f.events...), f.objects, f.findings)
	if db.files.Integrity != nil {
		f.integrity = openName(db.files.Integrity)
		all = append(all, f.integrity)
	}
	return f, all
}

// openName returns a name under which the engine opens a file that is open already: that of
// its descriptor, where the system has such names. It leads to the file that was
// checked or, when that is no longer where it was, nowhere; and the engine, which takes
// some characters of a name for a pattern, finds none in it.
func openName(f *os.File) string {
	is, err := f.Stat()
	for _, dir := range []string{"/proc/self/fd/", "/dev/fd/"} {
		name := dir + strconv.Itoa(int(f.Fd()))
		if there, e := os.Stat(name); err == nil && e == nil && os.SameFile(is, there) {
			return name
		}
	}
	return f.Name()
}

// Close ends the DB. Rows must be closed before. Of a query that the engine could not stop, it leaves
// the engine running.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.close()
}

func (db *DB) close() error {
	if db.closed {
		return nil
	}
	db.closed = true
	if db.users == 0 && db.instance.Ptr != nil {
		duckdb.Close(&db.instance)
	}
	return db.files.Close()
}

// CloseOutdated closes the DB if the case has later findings, or verdicts by digests, than when it was opened:
// unless a query is under way, or tables or views of the session would be lost. It names the later revision; "": none.
func (db *DB) CloseOutdated() (later string, closed bool, err error) {
	later, err = db.files.Later()
	if err != nil || later == "" {
		return "", false, err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.users > 0 || len(db.session) > 0 {
		return later, false, nil
	}
	return later, true, db.close()
}

// isSession reports whether the session has a table or view of that name, in lower case.
func (db *DB) isSession(name string) bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.session[name]
}
