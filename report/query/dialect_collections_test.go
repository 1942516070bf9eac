//go:build cgo

package query

import "testing"

func TestArrays(t *testing.T) {
	values(t, []dialectCase{
		{"element_at(ARRAY[5, 6], 2), element_at(ARRAY[5, 6], 3), element_at(ARRAY[5, 6], -1), element_at(NULL, 1)", "6|–|6|–"}, {"ARRAY[5, 6][2], ARRAY['a'][1]", "6|a"},
		{"cardinality(ARRAY[1, 2]), cardinality(ARRAY[]), cardinality(CAST(NULL AS ARRAY(VARCHAR)))", "2|0|–"}, {"cardinality(map(ARRAY['a', 'b'], ARRAY[1, 2])), cardinality(map())", "2|0"}, {"cardinality(map(ARRAY['a'], ARRAY[ARRAY[ROW(1)]]))", "1"},
		{"contains(ARRAY[1, 2], 2), contains(ARRAY[1, 2], 3), contains(ARRAY[1, NULL], 3), contains(ARRAY[1, NULL], 1), contains(NULL, 1), contains(ARRAY[1], NULL)", "true|false|–|true|–|–"},
		{"array_join(ARRAY['a', NULL, 'b'], ','), array_join(ARRAY['a', NULL], ',', '?'), array_join(ARRAY[1, 2], '-'), array_join(ARRAY[], ','), array_join(CAST(NULL AS ARRAY(VARCHAR)), ',')", "a,b|a,?|1-2||–"},
		{"array_join(ARRAY[CAST(NULL AS VARCHAR)], ','), array_join(ARRAY[NULL, 1], ',')", "|1"},
		{"array_join(ARRAY[true, false], ' '), array_join(ARRAY[TIMESTAMP '2026-01-01 00:00:00'], ' ')", "true false|2026-01-01 00:00:00.000"},
		{"array_distinct(ARRAY[3, 1, 3, NULL, NULL])", "[3, 1, null]"}, {"array_intersect(ARRAY[1, 2, 2, NULL], ARRAY[2, NULL])", "[2, null]"}, {"array_except(ARRAY[1, 2, 2, 3], ARRAY[3])", "[1, 2]"}, {"array_union(ARRAY[2, 1], ARRAY[1, 3])", "[2, 1, 3]"}, {"array_distinct(CAST(NULL AS ARRAY(BIGINT)))", "–"},
		{"arrays_overlap(ARRAY[1, 2], ARRAY[2]), arrays_overlap(ARRAY[1], ARRAY[2]), arrays_overlap(ARRAY[1, NULL], ARRAY[2]), arrays_overlap(NULL, ARRAY[1])", "true|false|–|–"},
		{"array_max(ARRAY[1, 3, 2]), array_max(ARRAY[1, NULL]), array_min(ARRAY['b', 'a']), array_min(ARRAY[])", "3|–|a|–"}, {"array_position(ARRAY['a', 'b'], 'b'), array_position(ARRAY['a'], 'x'), array_position(ARRAY['a'], NULL)", "2|0|–"},
		{"array_remove(ARRAY[1, 2, NULL, 2], 2), array_remove(ARRAY[1], NULL)", "[1, null]|–"}, {"array_sort(ARRAY[3, NULL, 1]), array_sort(NULL)", "[1, 3, null]|–"}, {"array_first(ARRAY[1, 2]), array_last(ARRAY[1, 2]), array_first(ARRAY[])", "1|2|–"},
		{"slice(ARRAY[1, 2, 3, 4], 2, 2), slice(ARRAY[1, 2, 3, 4], -2, 2), slice(ARRAY[1, 2], 2, 5), slice(ARRAY[1, 2], 5, 1), slice(ARRAY[1, 2], -5, 1), slice(NULL, 1, 1)", "[2, 3]|[3, 4]|[2]|[]|[]|–"}, {"slice(ARRAY[1, 2, 3, 4], -3, 2)", "[2, 3]"}, {"trim_array(ARRAY[1, 2, 3, 4], 1)", "[1, 2, 3]"},
		{"repeat(5, 2), repeat('a', 0)", "[5, 5]|[]"}, {"flatten(ARRAY[ARRAY[1], NULL, ARRAY[2, 3]]), flatten(NULL)", "[1, 2, 3]|–"}, {"ARRAY[1] || ARRAY[2], concat(ARRAY[1], ARRAY[2], ARRAY[3])", "[1, 2]|[1, 2, 3]"},
		{"cardinality(repeat(1, 10000)), cardinality(sequence(1, 10000)), cardinality(sequence(1, 10000, 1)), repeat('a', -1)", "10000|10000|10000|[]"},
		{"repeat('a', 10001)", "!count argument of repeat function must be less than or equal to 10000"}, {"sequence(-9223372036854775807, 9223372036854775807)", "!must not have more than 10000 entries"},
		{"sequence(1, 10001, 1)", "!must not have more than 10000 entries"}, {"sequence(DATE '1900-01-01', DATE '2026-01-03')", "!must not have more than 10000 entries"},
		{"sequence(1, 5), sequence(5, 1), sequence(1, 9, 4), sequence(5, 1, -2)", "[1, 2, 3, 4, 5]|[5, 4, 3, 2, 1]|[1, 5, 9]|[5, 3, 1]"}, {"sequence(DATE '2026-02-27', DATE '2026-03-01')", "[2026-02-27, 2026-02-28, 2026-03-01]"}, {"sequence(DATE '2026-01-01', DATE '2026-03-01', INTERVAL '1' MONTH)", "[2026-01-01, 2026-02-01, 2026-03-01]"},
		{"sequence(TIMESTAMP '2026-01-01 00:00:00', TIMESTAMP '2026-01-01 02:00:00', INTERVAL '1' HOUR)", "[2026-01-01 00:00:00.000, 2026-01-01 01:00:00.000, 2026-01-01 02:00:00.000]"},
		{"zip(ARRAY[1, 2], ARRAY['1b', NULL, '3b'])", "[{field0=1, field1=1b}, {field0=2, field1=null}, {field0=null, field1=3b}]"}, {"zip(NULL, ARRAY[1])", "–"},
		{"ARRAY[1, 1.2, 4], ARRAY[1, NULL]", "[1.0, 1.2, 4.0]|[1, null]"},
	})
}

func TestLambdas(t *testing.T) {
	values(t, []dialectCase{
		{"transform(ARRAY[5, 6], x -> x + 1), transform(ARRAY[5, NULL], x -> coalesce(x, 0) + 1), transform(ARRAY['x', 'abc'], x -> x || '0'), transform(NULL, x -> x)", "[6, 7]|[6, 1]|[x0, abc0]|–"},
		{"transform(ARRAY[ARRAY[1, NULL, 2], ARRAY[3, NULL]], a -> filter(a, x -> x IS NOT NULL))", "[[1, 2], [3]]"},
		{"filter(ARRAY[5, -6, NULL, 7], x -> x > 0), filter(ARRAY[5, NULL], x -> x IS NOT NULL), filter(ARRAY[], x -> true), filter(CAST(NULL AS ARRAY(BIGINT)), x -> true)", "[5, 7]|[5]|[]|–"},
		{"any_match(ARRAY[1, 2], x -> x > 1), any_match(ARRAY[1], x -> x > 1), any_match(ARRAY[1, NULL], x -> x > 1), any_match(ARRAY[2, NULL], x -> x > 1), any_match(ARRAY[], x -> x > 1), any_match(CAST(NULL AS ARRAY(BIGINT)), x -> x > 1)", "true|false|–|true|false|–"},
		{"all_match(ARRAY[2, 3], x -> x > 1), all_match(ARRAY[1, 2], x -> x > 1), all_match(ARRAY[2, NULL], x -> x > 1), all_match(ARRAY[1, NULL], x -> x > 1), all_match(ARRAY[], x -> x > 1), all_match(CAST(NULL AS ARRAY(BIGINT)), x -> true)", "true|false|–|false|true|–"},
		{"none_match(ARRAY[1], x -> x > 1), none_match(ARRAY[2], x -> x > 1), none_match(ARRAY[1, NULL], x -> x > 1), none_match(ARRAY[2, NULL], x -> x > 1), none_match(ARRAY[], x -> x > 1)", "true|false|–|false|true"},
		{"reduce(ARRAY[5, 20, 50], 0, (s, x) -> s + x, s -> s)", "75"}, {"reduce(ARRAY[], 0, (s, x) -> s + x, s -> s)", "0"}, {"reduce(ARRAY[5, 20, NULL, 50], 0, (s, x) -> s + x, s -> s)", "–"},
		{"reduce(ARRAY[5, 20, NULL, 50], 0, (s, x) -> s + coalesce(x, 0), s -> s)", "75"}, {"reduce(ARRAY[5, 20, NULL, 50], 0, (s, x) -> IF(x IS NULL, s, s + x), s -> s)", "75"},
		{"reduce(ARRAY['a', 'bc'], 0, (s, x) -> s + length(x), s -> s * 10)", "30"}, {"reduce(ARRAY['a', 'b'], '', (s, x) -> s || x, s -> s)", "ab"}, {"reduce(CAST(NULL AS ARRAY(BIGINT)), 0, (s, x) -> s + x, s -> 7)", "–"}, {"reduce(ARRAY[2147483647, 1], BIGINT '0', (s, x) -> s + x, s -> s)", "2147483648"},
		{"reduce(ARRAY[5, 6, 10, 20], CAST(ROW(0.0, 0) AS ROW(sum DOUBLE, count INTEGER)), (s, x) -> CAST(ROW(x + s.sum, s.count + 1) AS ROW(sum DOUBLE, count INTEGER)), s -> IF(s.count = 0, NULL, s.sum / s.count))", "10.25"},
		{"zip_with(ARRAY[1, 2], ARRAY[3, 4], (x, y) -> x + y), zip_with(ARRAY['a'], ARRAY['d', NULL, 'f'], (x, y) -> coalesce(x, y))", "[4, 6]|[a, null, f]"},
		{"map_filter(MAP(ARRAY['k1', 'k2', 'k3'], ARRAY[20, 3, 15]), (k, v) -> v > 10), map_filter(MAP(ARRAY[10, 20], ARRAY['a', NULL]), (k, v) -> v IS NOT NULL), map_filter(CAST(NULL AS MAP(VARCHAR, VARCHAR)), (k, v) -> true)", "{k1=20, k3=15}|{10=a}|–"},
		{"transform_values(MAP(ARRAY[1, 2], ARRAY[10, 20]), (k, v) -> v + k), transform_keys(MAP(ARRAY['a', 'b'], ARRAY[1, 2]), (k, v) -> k || CAST(v AS VARCHAR))", "{1=11, 2=22}|{a1=1, b2=2}"},
		{"transform(ARRAY[1, 2], x -> x * y) FROM (VALUES 10, 20) AS t (y)", "[10, 20]\n[20, 40]"}, {"transform(ARRAY[3], \"X\" -> x / 2)", "[1]"},
		{"filter(ARRAY[ROW('a', 1), ROW('b', 2)], r -> r.field1 > 1)", "[{field0=b, field1=2}]"},
		{"transform(ARRAY[1], x -> CASE WHEN x > 0 AND NOT x > 5 THEN 'low' ELSE 'high' END)", "[low]"},
	})
}

func TestMaps(t *testing.T) {
	values(t, []dialectCase{
		{"element_at(MAP(ARRAY['a', 'b'], ARRAY[1, 2]), 'b'), element_at(MAP(ARRAY['a'], ARRAY[1]), 'x'), element_at(CAST(NULL AS MAP(VARCHAR, BIGINT)), 'x')", "2|–|–"}, {"element_at(MAP(ARRAY['a'], ARRAY[ROW(1, 'x')]), 'a')", "{field0=1, field1=x}"},
		{"MAP(ARRAY['key1', 'key2'], ARRAY['v1', NULL])['key1'], MAP(ARRAY[1], ARRAY['x'])[1], MAP(ARRAY['a'], ARRAY[1])['b']", "v1|x|–"}, {"map(), MAP(ARRAY[1, 3], ARRAY[2, 4])", "{}|{1=2, 3=4}"},
		{"map_keys(MAP(ARRAY['a', 'b'], ARRAY[1, 2])), map_values(MAP(ARRAY['a', 'b'], ARRAY[1, NULL])), map_keys(CAST(NULL AS MAP(VARCHAR, VARCHAR)))", "[a, b]|[1, null]|–"}, {"map_entries(MAP(ARRAY[1, 2], ARRAY['x', 'y']))", "[{field0=1, field1=x}, {field0=2, field1=y}]"},
		{"map_from_entries(ARRAY[(1, 'x'), (2, 'y')]), map_from_entries(ARRAY[ROW(1, 'x')])", "{1=x, 2=y}|{1=x}"}, {"map_concat(MAP(ARRAY['a', 'b'], ARRAY[1, 2]), MAP(ARRAY['b', 'c'], ARRAY[3, 4]))", "{a=1, b=3, c=4}"},
		{"map_agg(k, v) FROM (VALUES ('a', 1), ('b', NULL)) AS t (k, v)", "{a=1, b=null}"}, {"map_agg(k, v ORDER BY v) FROM (VALUES ('a', 2), ('a', 1), (NULL, 3)) AS t (k, v)", "{a=1}"}, {"map_agg(k, v) FROM (VALUES ('a', 1)) AS t (k, v) WHERE k = 'z'", "–"},
		{"map_agg(k, v) FILTER (WHERE v > 1) FROM (VALUES ('a', 1), ('b', 2)) AS t (k, v)", "{b=2}"}, {"multimap_agg(k, v ORDER BY v) FROM (VALUES ('a', 1), ('b', 2), ('a', 3)) AS t (k, v)", "{a=[1, 3], b=[2]}"},
		{"map_union(m) FROM (VALUES MAP(ARRAY['a'], ARRAY[1]), MAP(ARRAY['b'], ARRAY[2])) AS t (m)", "{a=1, b=2}"}, {"histogram(x) FROM (VALUES 'b', 'a', 'b', NULL) AS t (x)", "{a=1, b=2}"},
	})
}

func TestAggregates(t *testing.T) {
	values(t, []dialectCase{
		{"count(*), count(x), count(DISTINCT x), count_if(x > 1) FROM (VALUES 1, 2, 2, NULL) AS t (x)", "4|3|2|2"}, {"sum(x), avg(x), min(x), max(x) FROM (VALUES 1, 2, NULL) AS t (x)", "3|1.5|1|2"}, {"sum(x), count(x) FROM (VALUES 1) AS t (x) WHERE x > 5", "–|0"},
		{"approx_distinct(x), approx_distinct(x, 0.01) FROM (VALUES 'a', 'b', 'a', NULL) AS t (x)", "2|2"}, {"approx_distinct(x) FROM (VALUES 1) AS t (x) WHERE false", "0"}, {"approx_percentile(x, 0.5), approx_percentile(x, ARRAY[0.1, 0.9]) FROM (VALUES 1, 2, 3, 4, 5) AS t (x)", "3|[1, 5]"},
		{"arbitrary(x), any_value(x) FROM (VALUES NULL, 'a') AS t (x)", "a|a"}, {"every(x), bool_and(x), bool_or(x) FROM (VALUES true, false) AS t (x)", "false|false|true"},
		{"max_by(x, y), min_by(x, y) FROM (VALUES (NULL, 5), ('a', 3), ('b', NULL)) AS t (x, y)", "–|a"}, {"max_by(x, y, 2) FROM (VALUES ('a', 1), ('b', 3), ('c', 2)) AS t (x, y)", "[b, c]"}, {"max(x, 2), min(x, 2) FROM (VALUES 1, 2, 3) AS t (x)", "[3, 2]|[1, 2]"},
		{"array_agg(x ORDER BY x DESC), array_agg(DISTINCT x ORDER BY x) FROM (VALUES 2, 1, 2, NULL) AS t (x)", "[2, 2, 1, null]|[1, 2, null]"}, {"array_agg(x) FILTER (WHERE x IS NOT NULL) FROM (VALUES 1, NULL) AS t (x)", "[1]"}, {"array_agg(x) FROM (VALUES 1) AS t (x) WHERE false", "–"},
		{"array_agg(DISTINCT(x) ORDER BY x) FROM (VALUES 'b', 'a', 'b') AS t (x)", "[a, b]"},
		{"listagg(x, ',') WITHIN GROUP (ORDER BY x) FROM (VALUES 'a', 'c', 'b', NULL) AS t (x)", "a,b,c"}, {"listagg(x) WITHIN GROUP (ORDER BY x DESC) FILTER (WHERE x > 'a') FROM (VALUES 'a', 'c', 'b') AS t (x)", "cb"}, {"listagg(DISTINCT x, '-') WITHIN GROUP (ORDER BY x) FROM (VALUES 'a', 'b', 'a') AS t (x)", "a-b"}, {"listagg(x, ',' ON OVERFLOW ERROR) WITHIN GROUP (ORDER BY x) FROM (VALUES 'a') AS t (x) WHERE false", "–"},
		{"geometric_mean(x), stddev(x), variance(x) FROM (VALUES 2, 8) AS t (x)", "4.0|4.242640687119285|18.0"}, {"count(*) FILTER (WHERE x > 1), count(DISTINCT x) FILTER (WHERE x > 1) FROM (VALUES 1, 2, 2) AS t (x)", "2|1"},
		{"x, grouping(x), count(*) FROM (VALUES 1, 1, 2) AS t (x) GROUP BY ROLLUP (x) ORDER BY x", "1|0|2\n2|0|1\n–|1|3"},
		{"x, row_number() OVER (ORDER BY x DESC), rank() OVER w, lag(x) OVER (ORDER BY x) FROM (VALUES 1, 2, 3) AS t (x) WINDOW w AS (ORDER BY x) ORDER BY x", "1|3|1|–\n2|2|2|1\n3|1|3|2"},
		{"x, lag(x) IGNORE NULLS OVER (ORDER BY n), first_value(x) RESPECT NULLS OVER (ORDER BY n) FROM (VALUES (1, 5), (2, NULL), (3, 6)) AS t (n, x) ORDER BY n", "5|–|5\n–|5|5\n6|5|5"},
		{"sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES 1, 2, 3) AS t (x) ORDER BY 1", "1\n3\n5"},
	})
}
