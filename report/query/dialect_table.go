package query

import (
	"regexp"
	"slices"
	"sort"
	"strings"
)

// The views that stand for the evidence (see viewStatements).
const (
	athenaView  = "ct.athena"         // as Athena's table
	locatedView = "ct.athena_located" // with the partition columns and "$path"
	lakeView    = "ct.lake"           // as an event data store
)

// partitionColumns are those of the located view that the plain one does not have.
var partitionColumns = []string{"region", "year", "month", "day", "account", "timestamp", "date_partition",
	"region_partition", "account_partition", "eventday", "accountid", "$path"}

// ownTables are coldtrail's own.
var ownTables = map[string]string{"events": "ct.events", "objects": "ct.objects", "findings": "ct.findings", "integrity": "ct.integrity"}

// A tableName is a name in a FROM that was read, and what it stands for.
type tableName struct {
	from, to int
	view     string // the view that stands for it; "" for a CTE and a table of the session
	alias    int    // the token of its alias, or -1
	name     string // the last fragment
}

// tableName goes over a table's name and finds out what it stands for. It refuses one
// that is unknown.
func (r *rewriter) tableName(s *selection) *tableName {
	t := &tableName{from: r.n, alias: -1}
	if r.placeholder() {
		t.view, t.name, t.to = lakeView, "event_data_store", r.n
		r.tables = append(r.tables, t)
		return t
	}
	parts := r.nameParts()
	if r.err != nil {
		return nil
	}
	t.to = r.n
	last := parts[len(parts)-1]
	t.name = last
	switch own := ownTables[key(last)]; {
	case len(parts) == 1 && r.isCTE(last):
		r.quoteIfReserved(t.from)
		return t
	case r.session != nil && r.session(key(last)):
		r.e.replace(t.from, t.to, quoteName(last))
		return t
	case own != "" && (len(parts) == 1 || len(parts) == 2 && key(parts[0]) == "coldtrail"):
		t.view = own
	case isStore(last):
		t.view = lakeView
	case strings.HasPrefix(key(last), "amazon_security_lake_"):
		r.refuse(t.from, KindName, "table %s has Security Lake's columns (OCSF), not CloudTrail's: ask cloudtrail_logs", last)
		return nil
	case isCloudTrail(parts):
		t.view = athenaView
		s.located = true
	default:
		r.refuse(t.from, KindName, "table %s is not in this case; there are %s", strings.Join(parts, "."), r.knownTables())
		return nil
	}
	r.tables = append(r.tables, t)
	return t
}

// nameParts goes over identifiers with dots between them.
func (r *rewriter) nameParts() []string {
	var parts []string
	for {
		name, ok := r.next().name()
		if !ok {
			r.refuse(r.n, KindSyntax, "a table is expected here%s", r.found())
			return nil
		}
		parts = append(parts, name)
		r.n++
		if !r.next().is(".") {
			return parts
		}
		r.n++
	}
}

// placeholder goes over what published queries have where the ID of an event
// data store belongs: $EDS_ID, ${eds}, <EDS ID>, {{id}}.
func (r *rewriter) placeholder() bool {
	i := r.n
	switch {
	case r.token(i).is("$") && r.isName(i+1):
		r.n = i + 2
		return true
	case r.token(i).is("$"):
		i++
	}
	shut := map[string]string{"<": ">", "{": "}", "[": "]"}[r.token(i).text]
	if shut == "" {
		return false
	}
	double := r.token(i + 1).is(r.token(i).text)
	for i++; i < len(r.places) && i < r.n+16; i++ {
		if r.token(i).is(shut) {
			r.n = i + 1
			if double {
				r.accept(shut)
			}
			return true
		}
	}
	return false
}

// isCTE reports whether a WITH around the place gives that name.
func (r *rewriter) isCTE(name string) bool {
	for _, names := range r.ctes {
		if names[key(name)] {
			return true
		}
	}
	return false
}

var (
	uuidPattern  = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	storePattern = regexp.MustCompile(`(^|[_-])(eds|event_?-?data_?-?store)([_-]|id|$)`)
)

// isStore reports whether a name is an event data store's: a UUID, or a placeholder for one.
func isStore(name string) bool {
	name = key(name)
	return uuidPattern.MatchString(name) || storePattern.MatchString(name)
}

// isCloudTrail reports whether a name is one that a table of CloudTrail logs has in published
// queries.
func isCloudTrail(parts []string) bool {
	last := key(parts[len(parts)-1])
	if strings.Contains(strings.NewReplacer("_", "", "-", "").Replace(last), "cloudtrail") {
		return true
	}
	// Invictus-AWS has DATABASE.TABLE in its queries.
	return len(parts) == 2 && key(parts[0]) == "database" && last == "table"
}

// knownTables lists for an error what can be asked.
func (r *rewriter) knownTables() string {
	known := []string{"cloudtrail_logs (or any name with cloudtrail in it)", "an event data store's ID", "events", "objects", "findings", "integrity"}
	var ctes []string
	for _, names := range r.ctes {
		for name, visible := range names {
			if visible {
				ctes = append(ctes, name)
			}
		}
	}
	sort.Strings(ctes)
	known = append(known, ctes...)
	return strings.Join(known[:len(known)-1], ", ") + " and " + known[len(known)-1]
}

// mention notes a column that only the located view has.
func (r *rewriter) mention(x node) {
	name, _ := r.token(x.to - 1).name()
	if !slices.Contains(partitionColumns, key(name)) {
		return
	}
	if x.to-x.from > 1 {
		head, _ := r.token(x.to - 3).name()
		r.qualified = append(r.qualified, qualifiedColumn{key(head), key(name)})
		return
	}
	for _, names := range r.lambdas {
		if names[key(name)] {
			return
		}
	}
	r.mentioned[key(name)] = true
}

// partitionForms are the texts that partition columns of a time have here, as in the objects' paths; other
// tables write the same partitions otherwise, and a comparison with such a text selects nothing, or too much.
var partitionForms = map[string]partitionForm{
	"year": {regexp.MustCompile(`^\d{4}$`), "2026"}, "month": {regexp.MustCompile(`^\d{2}$`), "03"}, "day": {regexp.MustCompile(`^\d{2}$`), "09"},
	"timestamp": slashedDay, "date_partition": slashedDay, "eventday": {regexp.MustCompile(`^\d{4}(\d{2}(\d{2})?)?$`), "20260309"},
}

type partitionForm struct {
	text    *regexp.Regexp // or its beginning, where that can be compared with
	example string
}

var slashedDay = partitionForm{regexp.MustCompile(`^\d{4}(/(\d{2}(/(\d{2})?)?)?)?$`), "2026/03/09"}

// notePartition warns of texts that a partition column was just compared with, if it never has such.
func (r *rewriter) notePartition(column node) {
	if column.shape != columnShape {
		return
	}
	name, _ := r.token(column.to - 1).name()
	form, ok := partitionForms[key(name)]
	if !ok || r.isAlias(name) {
		return
	}
	for i := column.to; i < r.n; i++ {
		t := r.token(i)
		if t.kind == textToken && !form.text.MatchString(strings.Trim(t.text, "'")) {
			r.note("%s is a text such as '%s' here, as in the objects' paths: %s is none", name, form.example, t.text)
		}
	}
}

// isAlias reports whether the statement gives some expression this name.
func (r *rewriter) isAlias(name string) bool {
	for i := 1; i < len(r.places); i++ {
		if r.token(i-1).isAny("AS", ")") && r.isName(i) && key(typedName(r.token(i))) == key(name) {
			return true
		}
	}
	return false
}

// A qualifiedColumn is a partition column of the table of that name, or a field of a column.
type qualifiedColumn struct{ head, name string }

// settleTables writes the views in the place of the tables' names, now that all columns are known.
func (r *rewriter) settleTables() {
	athena := map[string]bool{}
	for _, t := range r.tables {
		athena[key(r.relationName(t))] = athena[key(r.relationName(t))] || t.view == athenaView
	}
	for _, q := range r.qualified {
		if athena[q.head] {
			r.mentioned[q.name] = true
		}
	}
	located := r.locatedTable()
	for _, t := range r.tables {
		view := t.view
		if view == athenaView {
			view = located
		}
		if view == lakeView {
			r.out.Lake = true
		}
		if t.alias < 0 {
			view += " AS " + quoteName(t.name)
		}
		r.e.replace(t.from, t.to, view)
	}
	r.noteFindings()
	r.settleQualifiers()
}

// noteFindings warns where rows of the findings are counted, and nothing says which finding a row is of: who finds a thousand
// there believes that the report, which counts findings, has lost some.
func (r *rewriter) noteFindings() {
	if !slices.ContainsFunc(r.tables, func(t *tableName) bool { return t.view == ownTables["findings"] }) {
		return
	}
	counts := false
	for i := range r.places {
		switch name, _ := r.token(i).name(); key(name) {
		case "finding_id", "finding_ordinal":
			return
		case "count":
			counts = counts || !r.token(i+2).is("DISTINCT") // that of another column is what it says
		}
	}
	if counts {
		r.note("findings has a row for each event that a finding lists: count(DISTINCT finding_id) counts findings")
	}
}

// relationName returns the name by which columns of a table are qualified.
func (r *rewriter) relationName(t *tableName) string {
	if t.alias < 0 {
		return t.name
	}
	return typedName(r.token(t.alias))
}

// locatedTable returns what stands for Athena's table: it costs a join to have partition
// columns, and a star should not bring those that the query does not name.
func (r *rewriter) locatedTable() string {
	if len(r.mentioned) == 0 {
		return athenaView
	}
	var others []string
	for _, c := range partitionColumns {
		if !r.mentioned[c] {
			others = append(others, quoteName(c))
		}
	}
	if len(others) == 0 {
		return locatedView
	}
	return "(SELECT * EXCLUDE (" + strings.Join(others, ", ") + ") FROM " + locatedView + ")"
}

// settleQualifiers takes the database off columns: db.table.column is table.column.
func (r *rewriter) settleQualifiers() {
	full := map[string]bool{} // names of tables that have no alias, with their databases
	for _, t := range r.tables {
		if t.alias < 0 && t.to-t.from > 1 {
			full[r.joinedName(t.from, t.to)] = true
		}
	}
	for _, x := range r.chains {
		for n := 2; n <= maxQualifier && x.to-x.from >= 2*n+1; n++ { // parts of the table's name
			if full[r.joinedName(x.from, x.from+2*n-1)] {
				r.e.replace(x.from, x.from+2*n-2, "")
				break
			}
		}
	}
}

// maxQualifier is how many parts a table's name has at most: catalog, database, table.
const maxQualifier = 3

// joinedName returns the identifiers with dots between them from token i up to j, as they are compared.
func (r *rewriter) joinedName(i, j int) string {
	var b strings.Builder
	for ; i < j; i += 2 {
		name, _ := r.token(i).name()
		b.WriteString(key(name))
		b.WriteByte(0)
	}
	return b.String()
}
