package query

import "strings"

// onlyThese says what is run at all.
const onlyThese = "only SELECT, WITH, VALUES, SHOW, DESCRIBE, EXPLAIN, CREATE TABLE AS, CREATE VIEW AS, INSERT INTO and DROP of the session's own tables are run here"

// statement goes over the statement.
func (r *rewriter) statement() {
	r.oneStatement()
	t := r.next()
	kind := upper(t.text)
	switch {
	case r.err != nil:
	case !r.more():
		r.refuse(0, KindSyntax, "statement is empty")
	case t.isAny("SELECT", "WITH", "VALUES", "TABLE", "("):
		r.out.Kind = "SELECT"
		r.query(true)
	case t.is("EXPLAIN"):
		r.out.Kind = kind
		r.explain()
	case t.isAny("SHOW", "DESCRIBE", "DESC"):
		r.out.Kind = "SHOW"
		r.show()
	case t.is("CREATE"):
		r.create()
	case r.accept("INSERT", "INTO"):
		r.insert()
	case t.is("DROP"):
		r.drop()
	case t.isAny("MSCK", "ALTER", "USE"):
		r.nothing("%s changes nothing here: all of the evidence is there without it", kind)
	case t.is("UNLOAD"):
		r.refuse(r.n, KindRefused, "UNLOAD writes files: run its query alone, and choose an output format")
	case t.isAny("PREPARE", "EXECUTE", "DEALLOCATE"):
		r.refuse(r.n, KindRefused, "%s is not run here: put the values into the query", kind)
	case t.kind == wordToken:
		r.refuse(r.n, KindRefused, "%s: %s", kind, onlyThese)
	default:
		r.refuse(r.n, KindSyntax, "a statement does not begin with %s", t.text)
	}
	for r.more() {
		r.loosely()
	}
}

// oneStatement takes semicolons at the end away, and refuses another statement.
func (r *rewriter) oneStatement() {
	for i := range r.places {
		if !r.token(i).is(";") {
			continue
		}
		for j := i + 1; j < len(r.places); j++ {
			if !r.token(j).is(";") {
				r.refuse(j, KindRefused, "another statement follows: one is run at a time")
				return
			}
		}
		r.places = r.places[:i]
		r.e = r.e[:i]
		r.tokens = r.tokens[:last(r.places)+1]
		return
	}
}

func last(places []int) int {
	if len(places) == 0 {
		return -1
	}
	return places[len(places)-1]
}

// nothing answers with no rows and a note.
func (r *rewriter) nothing(note string, args ...any) {
	r.out.Kind = "SELECT"
	r.instead = "SELECT NULL AS result WHERE false"
	r.note(note, args...)
	r.n = len(r.places)
}

// explain goes over EXPLAIN [ANALYZE] [VERBOSE] [(options)] query.
func (r *rewriter) explain() {
	from := r.n
	r.n++
	analyze := r.accept("ANALYZE")
	r.accept("VERBOSE")
	if r.next().is("(") && !r.token(r.n+1).isAny("SELECT", "WITH", "VALUES", "TABLE", "(") {
		r.brackets(r.skip)
	}
	r.e.replace(from, r.n, "EXPLAIN")
	if analyze {
		r.e.replace(from, r.n, "EXPLAIN ANALYZE")
	}
	r.note("the plan is that of the engine here, not Athena's")
	r.inner = r.n
	r.query(true)
}

// create goes over CREATE TABLE AS and CREATE VIEW AS, and over definitions, which change nothing.
func (r *rewriter) create() {
	from := r.n
	r.n++
	replace := r.accept("OR", "REPLACE")
	switch {
	case r.sees("EXTERNAL", "TABLE"):
		r.define(r.n + 2)
		return
	case r.next().isAny("DATABASE", "SCHEMA"):
		r.nothing("no database is needed here: tables have one name, whatever stands before it")
		return
	case r.accept("TABLE"):
		r.out.Kind = "CREATE TABLE"
	case r.accept("VIEW"):
		r.out.Kind = "CREATE VIEW"
	default:
		r.refuse(r.n, KindRefused, "CREATE %s: %s", upper(r.next().text), onlyThese)
		return
	}
	written := r.out.Kind
	if replace {
		written = strings.Replace(written, "CREATE", "CREATE OR REPLACE", 1)
	}
	if r.accept("IF", "NOT", "EXISTS") {
		written += " IF NOT EXISTS"
	}
	r.target()
	written += " " + quoteName(r.out.Target)
	names := r.n
	if r.next().is("(") {
		r.brackets(r.columnNames)
		written += " " + r.text(names, r.n)
	}
	if r.next().isAny("WITH", "COMMENT", "SECURITY") {
		r.tableOptions()
	}
	if !r.accept("AS") {
		r.refuse(r.n, KindRefused, "a table without AS and a query is not made here%s", r.found())
		return
	}
	r.e.replace(from, r.n, written+" AS")
	r.inner = r.n
	r.query(true)
	if r.out.Kind == "CREATE TABLE" && r.err == nil && r.accept("WITH") {
		_ = r.accept("NO") && r.accept("DATA") || r.accept("DATA")
	}
}

// tableOptions goes over WITH (…) and the like, which say where and how Athena stores a table.
func (r *rewriter) tableOptions() {
	for r.more() && !r.next().is("AS") {
		if r.next().is("(") {
			r.brackets(r.skip)
		} else {
			r.n++
		}
	}
	r.note("table %s is in memory until the session ends: what WITH says about its storage is left out", r.out.Target)
}

// target goes over the name of a table of the session.
func (r *rewriter) target() {
	if parts := r.nameParts(); r.err == nil {
		r.out.Target = parts[len(parts)-1]
	}
}

// define goes over CREATE EXTERNAL TABLE. Playbooks begin with it. Under a name that is taken for the evidence
// in any case nothing needs to be done; under another one the evidence gets that name.
func (r *rewriter) define(i int) {
	r.n = i
	r.accept("IF", "NOT", "EXISTS")
	at := r.n
	parts := r.nameParts()
	if r.err != nil {
		return
	}
	name := parts[len(parts)-1]
	switch {
	case isCloudTrail(parts):
		r.nothing("table %s needs no definition: the evidence answers under that name", name)
	case r.definesCloudTrail():
		r.out.Kind, r.out.Target = "CREATE VIEW", name
		r.out.Inner = "SELECT * FROM " + locatedView
		r.instead = "CREATE OR REPLACE VIEW " + quoteName(name) + " AS " + r.out.Inner
		r.note("table %s is the evidence; its definition is not used", name)
		r.n = len(r.places)
	default:
		r.refuse(at, KindRefused, "table %s is not one of CloudTrail's: there is nothing here to fill it", name)
	}
}

// definesCloudTrail reports whether a definition is of CloudTrail's logs.
func (r *rewriter) definesCloudTrail() bool {
	columns := 0
	for i := r.n; i < len(r.places); i++ {
		t := r.token(i)
		if strings.Contains(key(t.text), "cloudtrail") {
			return true
		}
		if name, ok := t.name(); ok && (key(name) == "useridentity" || key(name) == "sourceipaddress") {
			columns++
		}
	}
	return columns >= 2
}

// insert goes over INSERT INTO name [(columns)] query.
func (r *rewriter) insert() {
	from := r.n
	r.target()
	if r.err != nil {
		return
	}
	r.out.Kind = "INSERT"
	if r.session != nil && !r.session(key(r.out.Target)) {
		r.refuse(from, KindRefused, "table %s is not one of this session: the evidence is not written", r.out.Target)
		return
	}
	r.e.replace(from, r.n, quoteName(r.out.Target))
	if r.next().is("(") && !r.token(r.n+1).isAny("SELECT", "WITH", "VALUES", "TABLE", "(") {
		r.brackets(r.columnNames)
	}
	r.inner = r.n
	r.query(true)
}

// drop goes over DROP TABLE and DROP VIEW.
func (r *rewriter) drop() {
	r.n++
	if r.next().isAny("DATABASE", "SCHEMA") {
		r.nothing("there is no database here to drop")
		return
	}
	if !r.next().isAny("TABLE", "VIEW") {
		r.refuse(r.n, KindRefused, "DROP %s: %s", upper(r.next().text), onlyThese)
		return
	}
	r.out.Kind = "DROP " + upper(r.next().text)
	r.n++
	exists := r.accept("IF", "EXISTS")
	from := r.n
	r.target()
	if r.err != nil {
		return
	}
	switch mine := r.session == nil || r.session(key(r.out.Target)); {
	case mine:
		r.e.replace(from, r.n, quoteName(r.out.Target))
	case exists:
		name := r.out.Target
		r.out.Target = ""
		r.nothing("table %s is not one of this session: nothing is dropped", name)
	default:
		r.refuse(from, KindRefused, "table %s is not one of this session: the evidence is not dropped", r.out.Target)
	}
}
