-- "Array functions and operators", "Map functions and operators", "Map aggregate functions".

CREATE MACRO trino.has_null(x) AS list_count(x) < len(x);
CREATE MACRO trino.element_at(x, k) AS x[k];
CREATE MACRO trino.cardinality(x MAP(VARCHAR, VARCHAR)) AS CAST(cardinality(x) AS BIGINT), (x) AS len(x);
CREATE MACRO trino.contains(network VARCHAR, ip) AS trino.in_network(network, ip),
    (x, e) AS CASE WHEN e IS NULL THEN NULL WHEN list_contains(x, e) THEN true WHEN trino.has_null(x) THEN NULL ELSE list_contains(x, e) END;
CREATE MACRO trino.array_join(x, d) AS array_to_string(list_transform(x, lambda trino_v: trino.to_varchar(trino_v)), d),
    (x, d, other) AS array_to_string(list_transform(x, lambda trino_v: coalesce(trino.to_varchar(trino_v), other)), d);
CREATE MACRO trino.array_distinct(x) AS list_filter(x, lambda trino_v, trino_i: list_position(x, trino_v) = trino_i);
CREATE MACRO trino.array_intersect(x, y) AS trino.array_distinct(list_filter(x, lambda trino_v: list_position(y, trino_v) IS NOT NULL));
CREATE MACRO trino.array_except(x, y) AS trino.array_distinct(list_filter(x, lambda trino_v: list_position(y, trino_v) IS NULL));
CREATE MACRO trino.array_union(x, y) AS trino.array_distinct(x || y);
CREATE MACRO trino.arrays_overlap(x, y) AS CASE WHEN list_has_any(x, y) THEN true WHEN trino.has_null(x) OR trino.has_null(y) THEN NULL ELSE list_has_any(x, y) END;
CREATE MACRO trino.array_max(x) AS CASE WHEN trino.has_null(x) THEN NULL ELSE list_max(x) END;
CREATE MACRO trino.array_min(x) AS CASE WHEN trino.has_null(x) THEN NULL ELSE list_min(x) END;
CREATE MACRO trino.array_position(x, e) AS CASE WHEN x IS NULL OR e IS NULL THEN NULL ELSE coalesce(list_position(x, e), 0) END;
CREATE MACRO trino.array_remove(x, e) AS CASE WHEN e IS NULL THEN NULL ELSE list_filter(x, lambda trino_v: trino_v IS DISTINCT FROM e) END;
CREATE MACRO trino.array_sort(x) AS list_sort(x, 'ASC', 'NULLS LAST');
CREATE MACRO trino.array_first(x) AS x[1];
CREATE MACRO trino.array_last(x) AS x[-1];
CREATE MACRO trino.slice(x, a, n) AS CASE WHEN a > 0 THEN x[a:a + n - 1] WHEN -a > len(x) OR a = 0 THEN x[1:0] ELSE x[len(x) + a + 1:len(x) + a + n] END;
CREATE MACRO trino.trim_array(x, n) AS x[1:len(x) - n];
CREATE MACRO trino.repeat(x, n) AS list_transform(range(n), lambda trino_i: x);
CREATE MACRO trino.flatten(x) AS flatten(x);
CREATE MACRO trino.sequence(a DATE, b DATE) AS CAST(generate_series(a, b, CASE WHEN a <= b THEN to_days(1) ELSE to_days(-1) END) AS DATE[]),
    (a DATE, b DATE, step INTERVAL) AS CAST(generate_series(a, b, step) AS DATE[]),
    (a, b) AS generate_series(a, b, CASE WHEN a <= b THEN 1 ELSE -1 END),
    (a, b, step) AS generate_series(a, b, step);

-- Of the truths of an array's elements.
CREATE MACRO trino.any_true(b) AS CASE WHEN list_contains(b, true) THEN true WHEN trino.has_null(b) THEN NULL ELSE list_contains(b, true) END;
CREATE MACRO trino.all_true(b) AS CASE WHEN list_contains(b, false) THEN false WHEN trino.has_null(b) THEN NULL ELSE NOT list_contains(b, false) END;
-- What reduce goes over: its first state, and rows of that and an element.
CREATE MACRO trino.states(x, state) AS list_transform([NULL] || x, lambda trino_v: struct_pack(s := state, x := trino_v));

CREATE MACRO trino.map_entries(m) AS list_transform(map_entries(m), lambda trino_e: struct_pack(field0 := trino_e.key, field1 := trino_e.value));
CREATE MACRO trino.from_entries(e) AS map_from_entries(e);
-- Maps of the pairs that an aggregate collected: the first value of a key counts, and NULL is no key.
CREATE MACRO trino.keyed(p) AS list_filter(p, lambda trino_p: trino_p.k IS NOT NULL);
CREATE MACRO trino.keys_of(p) AS list_transform(p, lambda trino_p: trino_p.k);
CREATE MACRO trino.unique_pairs(p) AS CASE WHEN len(list_distinct(trino.keys_of(p))) = len(p) THEN p
    ELSE list_filter(p, lambda trino_p, trino_i: list_position(trino.keys_of(p), trino_p.k) = trino_i) END;
CREATE MACRO trino.map_of(p) AS map_from_entries(trino.unique_pairs(trino.keyed(p)));
CREATE MACRO trino.multimap_of(p) AS map_from_entries(list_transform(trino.array_distinct(trino.keys_of(trino.keyed(p))),
    lambda trino_k: struct_pack(k := trino_k, v := list_transform(list_filter(trino.keyed(p), lambda trino_q: trino_q.k = trino_k), lambda trino_q: trino_q.v))));
CREATE MACRO trino.union_of(maps) AS trino.map_of(flatten(list_transform(maps, lambda trino_m: list_transform(map_entries(trino_m), lambda trino_e: struct_pack(k := trino_e.key, v := trino_e.value)))));
