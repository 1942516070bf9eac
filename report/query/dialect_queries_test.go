//go:build cgo

package query

import "testing"

func TestUnnest(t *testing.T) {
	values(t, []dialectCase{
		{"x FROM UNNEST(ARRAY[1, 2]) AS t (x)", "1\n2"}, {"x, n FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS t (x, n) ORDER BY n", "a|1\nb|2"}, {"x FROM UNNEST(CAST(NULL AS ARRAY(BIGINT))) AS t (x)", ""},
		{"r.a FROM (SELECT ARRAY[CAST(ROW(1, 'x') AS ROW(a BIGINT, b VARCHAR))] AS l) CROSS JOIN UNNEST(l) AS t (r)", "1"}, {"a, b FROM (SELECT ARRAY[ROW(1, 'x'), ROW(2, 'y')] AS l) CROSS JOIN UNNEST(ARRAY[ROW(1, 'x')]) AS t (a, b)", "1|x"},
		{"k, v FROM (SELECT MAP(ARRAY['a', 'b'], ARRAY[1, 2]) AS m) CROSS JOIN UNNEST(m) AS t (k, v) ORDER BY k", "a|1\nb|2"}, {"k, v, n FROM UNNEST(MAP(ARRAY['a'], ARRAY[1])) WITH ORDINALITY AS t (k, v, n)", "a|1|1"},
		{"a, b FROM (VALUES (ARRAY[1, 2], ARRAY['x'])) AS s (p, q), UNNEST(p, q) AS t (a, b) ORDER BY a", "1|x\n2|–"}, {"s.id, x FROM (VALUES (1, ARRAY[5]), (2, CAST(ARRAY[] AS ARRAY(BIGINT)))) AS s (id, l) LEFT JOIN UNNEST(l) AS t (x) ON TRUE ORDER BY 1", "1|5\n2|–"}, {"k, v FROM (SELECT 1 AS one) LEFT JOIN UNNEST(CAST(NULL AS MAP(VARCHAR, VARCHAR))) AS t (k, v) ON TRUE", "–|–"},
	})
}

func TestForms(t *testing.T) {
	values(t, []dialectCase{
		{"x FROM (VALUES 2, NULL, 1) AS t (x) ORDER BY x", "1\n2\n–"}, {"x FROM (VALUES 2, NULL, 1) AS t (x) ORDER BY x DESC", "2\n1\n–"}, {"x FROM (VALUES 2, NULL, 1) AS t (x) ORDER BY x DESC NULLS FIRST", "–\n2\n1"},
		{"x FROM (VALUES 1, 2, 3) AS t (x) ORDER BY x OFFSET 1 LIMIT 1", "2"}, {"x FROM (VALUES 1, 2, 3) AS t (x) ORDER BY x OFFSET 1 ROW FETCH FIRST 1 ROWS ONLY", "2"}, {"x FROM (VALUES 1, 2) AS t (x) ORDER BY x FETCH NEXT ROW ONLY", "1"}, {"x FROM (VALUES 1) AS t (x) LIMIT ALL", "1"},
		{"x, count(*) FROM (VALUES 'a', 'b', 'a') AS t (x) GROUP BY 1 HAVING count(*) > 1", "a|2"}, {"lower(x) AS x, count(*) FROM (VALUES 'A', 'a') AS t (x) GROUP BY x ORDER BY 2, x", "a|1\na|1"}, {"VALUES (1, 'a'), (2, NULL)", "1|a\n2|–"},
		{"WITH a AS (SELECT 1 AS x), b (y) AS (SELECT x + 1 FROM a) SELECT x, y FROM a, b", "1|2"}, {"WITH RECURSIVE t (n) AS (VALUES 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT sum(n) FROM t", "6"}, {"1 UNION ALL SELECT 1 UNION SELECT 2 ORDER BY 1", "1\n2"}, {"x FROM (VALUES 1, 2) AS t (x) EXCEPT SELECT 2", "1"},
		{"count(*) FROM (VALUES 1, 2, 3) AS t (x) TABLESAMPLE BERNOULLI (100)", "3"}, {"a.x FROM (VALUES 1) AS a (x) NATURAL JOIN (VALUES 1) AS b (x)", "1"}, {"1 AS \"Order\", 2 AS end, 3 desc_", "1|2|3"}, {"count(*) FROM cloudtrail_logs", "1"},
		{"eventname, \"$path\" LIKE 's3://%' FROM cloudtrail_logs WHERE region = 'eu-west-1' AND day = '04'", "GetObject|true"}, {"eventName, eventTime FROM 0a1b2c3d-0000-1111-2222-333344445555 WHERE eventTime > '2026-03-04 00:00:00' AND element_at(requestParameters, 'x') IS NULL", "GetObject|2026-03-04 10:32:26.000"},
		{"e.eventname FROM default.cloudtrail_logs e JOIN events ON events.eventid = e.eventid", "GetObject"}, {"cardinality(resources) FROM cloudtrail_logs", "–"}, {"CAST((SELECT max(eventtime) FROM cloudtrail_logs) AS varchar(4))", "2026"}, {"date_trunc('day', from_iso8601_timestamp(eventtime)), count(*) FROM cloudtrail_logs GROUP BY date_trunc('day', from_iso8601_timestamp(eventtime))", "2026-03-04 00:00:00.000 UTC|1"},
	})
}
