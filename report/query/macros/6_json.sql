-- "JSON functions and operators". A text that is not JSON gives NULL, but for json_parse (JsonExtract.java).
-- Of paths see jsonPath.

CREATE MACRO trino.json_path(p) AS CASE WHEN p IS NULL OR starts_with(p, '$') THEN regexp_replace(p, '\["([^"\\]*)"\]', '."\1"', 'g') ELSE trino.fail_text('Invalid JSON path: ''' || p || '''') END;

-- The engine writes the numbers of JSON anew: 1.50 as 1.5, 1.6E9 as 1600000000.0. Trino keeps them in a scalar (getText), and
-- writes those with a point or an exponent as Java does where it gives JSON (copyCurrentStructure). So number_text takes a
-- scalar from JSON whose such numbers are made texts; strings are passed over, and \x01 and \x02 stand in no JSON. And
-- as_java writes anew what the engine may have written otherwise: eight digits before the point, an exponent, 0.000.
CREATE MACRO trino.numbers_as_texts(t) AS replace(replace(replace(regexp_replace(t, '("(?:[^"\\]|\\.)*")|(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)', '\1' || chr(1) || '\2' || chr(2), 'g'),
    chr(1) || chr(2), ''), chr(1), '"'), chr(2), '"');
CREATE MACRO trino.number_text(j, path) AS json_extract_string(trino.numbers_as_texts(CAST(j AS VARCHAR)), path);
CREATE MACRO trino.java_number(t) AS CASE WHEN regexp_matches(t, '^-?[0-9].*[.eE]') THEN trino.double_text(TRY_CAST(t AS DOUBLE)) ELSE t END;
CREATE MACRO trino.java_numbers(t) AS array_to_string(list_transform(regexp_extract_all(t, '"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[^"0-9-]+'), lambda n: trino.java_number(n)), '');
CREATE MACRO trino.as_java(j) AS CASE WHEN regexp_matches(CAST(j AS VARCHAR), '(^|[\[:,])-?([0-9]{8,}[.]|[0-9.]+e|0[.]000)')
    THEN CAST(trino.java_numbers(CAST(j AS VARCHAR)) AS JSON) ELSE CAST(j AS JSON) END;

CREATE MACRO trino.json_parse(t) AS trino.as_java(json_extract(t, '$'));
CREATE MACRO trino.json_format(j) AS CAST(trino.as_java(json_extract(j, '$')) AS VARCHAR);
CREATE MACRO trino.is_json_scalar(j) AS json_type(j) NOT IN ('OBJECT', 'ARRAY');

-- TRY costs nothing as long as nothing fails, but it does not know a lambda's parameters. Where there are any, the
-- macros with valid_ before their names are called.
CREATE MACRO trino.scalar_at(j, path) AS CASE json_type(json_value(j, path)) WHEN 'DOUBLE' THEN trino.number_text(j, path) ELSE json_extract_string(json_value(j, path), '$') END;
CREATE MACRO trino.value_at(j, path) AS trino.as_java(json_extract(j, path));
CREATE MACRO trino.length_of(j) AS CASE json_type(j) WHEN 'ARRAY' THEN CAST(json_array_length(j) AS BIGINT) END;
CREATE MACRO trino.element_of(j, i) AS CASE json_type(j) WHEN 'ARRAY' THEN trino.as_java(json_extract(j, '$[' || CASE WHEN i < 0 THEN '#' ELSE '' END || CAST(i AS VARCHAR) || ']')) END;
CREATE MACRO trino.element_texts(j) AS list_transform(CAST(CAST(j AS JSON) AS JSON[]), lambda e: CAST(e AS VARCHAR));
CREATE MACRO trino.has_element(j, v) AS CASE json_type(j) WHEN 'ARRAY' THEN list_contains(trino.element_texts(j), CAST(to_json(v) AS VARCHAR)) END;
CREATE MACRO trino.size_at(j, path) AS CASE json_type(j, path) WHEN 'OBJECT' THEN len(json_keys(j, path)) WHEN 'ARRAY' THEN CAST(json_array_length(j, path) AS BIGINT)
    ELSE CASE WHEN json_type(j, path) IS NULL THEN NULL ELSE 0 END END;

CREATE MACRO trino.json_extract(j, path) AS TRY(trino.value_at(j, path));
CREATE MACRO trino.json_extract_scalar(j, path) AS TRY(trino.scalar_at(j, path));
CREATE MACRO trino.json_array_length(j) AS TRY(trino.length_of(j));
CREATE MACRO trino.json_array_get(j, i) AS TRY(trino.element_of(j, i));
CREATE MACRO trino.json_array_contains(j, v) AS TRY(trino.has_element(j, v));
CREATE MACRO trino.json_size(j, path) AS TRY(trino.size_at(j, path));

CREATE MACRO trino.valid_json_extract(j, path) AS CASE WHEN json_valid(j) THEN trino.value_at(j, path) END;
CREATE MACRO trino.valid_json_extract_scalar(j, path) AS CASE WHEN json_valid(j) THEN trino.scalar_at(j, path) END;
CREATE MACRO trino.valid_json_array_length(j) AS CASE WHEN json_valid(j) THEN trino.length_of(j) END;
CREATE MACRO trino.valid_json_array_get(j, i) AS CASE WHEN json_valid(j) THEN trino.element_of(j, i) END;
CREATE MACRO trino.valid_json_array_contains(j, v) AS CASE WHEN json_valid(j) THEN trino.has_element(j, v) END;
CREATE MACRO trino.valid_json_size(j, path) AS CASE WHEN json_valid(j) THEN trino.size_at(j, path) END;
