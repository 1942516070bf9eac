package query

import "strings"

func upper(s string) string { return strings.ToUpper(s) }

// key is an identifier as it is compared: Trino compares quoted ones in any case too.
func key(name string) string { return strings.ToLower(name) }

// typedName returns an identifier as the user typed it, without quotes.
func typedName(t *token) string {
	if t.kind == quotedToken {
		name, _ := t.name()
		return name
	}
	return t.text
}

func words(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

// reserved are the keywords that cannot be an identifier without quotes (Trino, "Reserved
// keywords"), and those that begin a clause, so that no expression's name is among them.
var reserved = words(`ALTER AND AS BETWEEN BY CASE CAST CONSTRAINT CREATE CROSS CUBE CURRENT_CATALOG CURRENT_DATE
CURRENT_PATH CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DEALLOCATE DELETE DESCRIBE DISTINCT DROP
ELSE END ESCAPE EXCEPT EXECUTE EXISTS EXTRACT FALSE FOR FROM FULL GROUP GROUPING HAVING IN INNER INSERT INTERSECT INTO IS
JOIN LEFT LIKE LOCALTIME LOCALTIMESTAMP NATURAL NORMALIZE NOT NULL ON OR ORDER OUTER PREPARE RECURSIVE RIGHT ROLLUP
SELECT SKIP TABLE THEN TRIM TRUE UESCAPE UNION UNNEST USING VALUES WHEN WHERE WITH
LIMIT OFFSET FETCH WINDOW QUALIFY TABLESAMPLE MATCH_RECOGNIZE ASC DESC NULLS ILIKE COLLATE`)

// engineReserved are keywords of the engine that Trino takes for identifiers: as
// columns they need quotes.
var engineReserved = words(`ANALYSE ANALYZE ANTI ASOF ASYMMETRIC AT BOTH CHECK COLLATE COLUMN DEFAULT DEFERRABLE DO FOREIGN
GLOB INITIALLY ISNULL LAMBDA LATERAL LEADING NOTNULL ONLY OVERLAPS PIVOT PIVOT_LONGER PIVOT_WIDER PLACING POSITIONAL PRIMARY
REFERENCES RETURNING SEMI SHOW SIMILAR SUMMARIZE SYMMETRIC TO TRAILING UNIQUE UNPACK UNPIVOT VARIADIC VERBOSE`)

// quoteIfReserved puts an identifier in quotes if the engine would take it for a keyword.
func (r *rewriter) quoteIfReserved(i int) {
	t := r.token(i)
	if t.kind == wordToken && (engineReserved[upper(t.text)] || reserved[upper(t.text)]) {
		r.e.replace(i, i+1, quoteName(t.text))
	}
}
