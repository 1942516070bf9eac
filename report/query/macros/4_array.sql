-- "Array functions and operators", "Map functions and operators", "Map aggregate functions".

CREATE MACRO trino.has_null(x) AS list_count(x) < len(x);
CREATE MACRO trino.element_at(x, k) AS x[k];
-- The size of an array or a map. Where the statement shows which of both it is, see cardinality in Go.
CREATE MACRO trino.cardinality(x) AS CASE WHEN x IS NULL THEN NULL
    WHEN starts_with(typeof(x), 'MAP') THEN len(json_keys(to_json(x))) ELSE CAST(json_array_length(to_json(x)) AS BIGINT) END;
CREATE MACRO trino.contains(x, e) AS CASE WHEN e IS NULL THEN NULL WHEN list_contains(x, e) THEN true WHEN trino.has_null(x) THEN NULL ELSE list_contains(x, e) END;
-- The engine makes NULL of an array that has nothing but NULL.
CREATE MACRO trino.array_join(x, d) AS CASE WHEN x IS NOT NULL AND d IS NOT NULL
    THEN coalesce(array_to_string(list_transform(x, lambda v: trino.to_varchar(v)), d), '') END,
    (x, d, other) AS CASE WHEN x IS NOT NULL AND d IS NOT NULL AND other IS NOT NULL
    THEN coalesce(array_to_string(list_transform(x, lambda v: coalesce(trino.to_varchar(v), other)), d), '') END;
CREATE MACRO trino.array_distinct(x) AS list_filter(x, lambda v, i: list_position(x, v) = i);
CREATE MACRO trino.array_intersect(x, y) AS CASE WHEN y IS NOT NULL THEN trino.array_distinct(list_filter(x, lambda v: list_position(y, v) IS NOT NULL)) END;
CREATE MACRO trino.array_except(x, y) AS CASE WHEN y IS NOT NULL THEN trino.array_distinct(list_filter(x, lambda v: list_position(y, v) IS NULL)) END;
CREATE MACRO trino.array_union(x, y) AS trino.array_distinct(x || y);
CREATE MACRO trino.arrays_overlap(x, y) AS CASE WHEN list_has_any(x, y) THEN true WHEN trino.has_null(x) OR trino.has_null(y) THEN NULL ELSE list_has_any(x, y) END;
CREATE MACRO trino.array_max(x) AS CASE WHEN trino.has_null(x) THEN NULL ELSE list_max(x) END;
CREATE MACRO trino.array_min(x) AS CASE WHEN trino.has_null(x) THEN NULL ELSE list_min(x) END;
CREATE MACRO trino.array_position(x, e) AS CASE WHEN x IS NULL OR e IS NULL THEN NULL ELSE coalesce(list_position(x, e), 0) END;
CREATE MACRO trino.array_remove(x, e) AS CASE WHEN e IS NULL THEN NULL ELSE list_filter(x, lambda v: v IS DISTINCT FROM e) END;
CREATE MACRO trino.array_sort(x) AS list_sort(x, 'ASC', 'NULLS LAST');
CREATE MACRO trino.array_first(x) AS x[1];
CREATE MACRO trino.array_last(x) AS x[-1];
CREATE MACRO trino.slice(x, a, n) AS CASE WHEN a > 0 THEN x[a:a + n - 1] WHEN -a > len(x) OR a = 0 THEN x[1:0] ELSE x[len(x) + a + 1:len(x) + a + n] END;
CREATE MACRO trino.trim_array(x, n) AS x[1:len(x) - n];
-- Trino makes no array of more than 10,000 elements (RepeatFunction.java, SequenceFunction.java).
CREATE MACRO trino.repeat(x, n) AS list_transform(range(CASE WHEN n > 10000 THEN trino.fail('count argument of repeat function must be less than or equal to 10000') ELSE n END), lambda i: x);
CREATE MACRO trino.too_long() AS trino.fail('result of sequence function must not have more than 10000 entries');
CREATE MACRO trino.flatten(x) AS flatten(x);
CREATE MACRO trino.sequence(a, b) AS generate_series(a, CASE WHEN abs(CAST(b AS HUGEINT) - CAST(a AS HUGEINT)) >= 10000 THEN trino.too_long() ELSE b END, CASE WHEN a <= b THEN 1 ELSE -1 END),
    (a, b, step) AS list_transform([cast_to_type(generate_series(a, b, step), [a])], lambda s: s[1:CASE WHEN len(s) > 10000 THEN trino.too_long() ELSE len(s) END])[1];
CREATE MACRO trino.date_sequence(a, b) AS CAST(generate_series(CAST(a AS DATE), CASE WHEN abs(CAST(b AS DATE) - CAST(a AS DATE)) >= 10000 THEN CAST(trino.fail_text('result of sequence function must not have more than 10000 entries') AS DATE) ELSE CAST(b AS DATE) END,
    CASE WHEN a <= b THEN to_days(1) ELSE to_days(-1) END) AS DATE[]);

-- Of the truths of an array's elements.
CREATE MACRO trino.any_true(b) AS CASE WHEN list_contains(b, true) THEN true WHEN trino.has_null(b) THEN NULL ELSE list_contains(b, true) END;
CREATE MACRO trino.none_true(b) AS NOT trino.any_true(b);
CREATE MACRO trino.all_true(b) AS CASE WHEN list_contains(b, false) THEN false WHEN trino.has_null(b) THEN NULL ELSE NOT list_contains(b, false) END;
-- What reduce goes over: its first state, and rows of that and an element.
CREATE MACRO trino.states(x, state) AS list_transform([NULL] || x, lambda v: struct_pack(s := state, x := v));

CREATE MACRO trino.map_entries(m) AS list_transform(map_entries(m), lambda e: struct_pack(field0 := e.key, field1 := e.value));
-- Maps of the pairs that an aggregate collected: the first value of a key counts, and NULL is no key. Of no pairs there is no map.
CREATE MACRO trino.keyed(p) AS list_filter(p, lambda p: p.k IS NOT NULL);
CREATE MACRO trino.keys_of(p) AS list_transform(p, lambda p: p.k);
CREATE MACRO trino.unique_pairs(p) AS CASE WHEN len(list_distinct(trino.keys_of(p))) = len(p) THEN p
    ELSE list_filter(p, lambda q, i: list_position(trino.keys_of(p), q.k) = i) END;
CREATE MACRO trino.map_from(p) AS map_from_entries(trino.unique_pairs(p));
CREATE MACRO trino.map_of(p) AS CASE WHEN len(trino.keyed(p)) > 0 THEN trino.map_from(trino.keyed(p)) END;
CREATE MACRO trino.values_of(p, key) AS list_transform(list_filter(p, lambda q: q.k = key), lambda q: q.v);
CREATE MACRO trino.multimap(p) AS map_from_entries(list_transform(trino.array_distinct(trino.keys_of(p)), lambda k: struct_pack(k := k, v := trino.values_of(p, k))));
CREATE MACRO trino.multimap_of(p) AS CASE WHEN len(trino.keyed(p)) > 0 THEN trino.multimap(trino.keyed(p)) END;
CREATE MACRO trino.entries(maps) AS flatten(list_transform(maps, lambda m: list_transform(map_entries(m), lambda e: struct_pack(k := e.key, v := e.value))));
CREATE MACRO trino.union_of(maps) AS CASE WHEN list_count(maps) > 0 THEN trino.map_from(trino.entries(maps)) END;
