-- Casts as Trino does them: the page "Conversion functions" of its documentation, and
-- its classes VarcharOperators, DoubleOperators and JsonUtil. A cast that Trino refuses
-- fails here, and gives NULL as a TRY_CAST.

-- A double as Java writes it: 1.5, 1.0E10, 1.0E-5. t is its text in the engine, of x >= 0.
CREATE MACRO trino.mantissa(digits) AS digits[1] || '.' || CASE WHEN length(digits) > 1 THEN digits[2:] ELSE '0' END;
CREATE MACRO trino.positive_text(t, x) AS CASE
    WHEN contains(t, 'e') THEN split_part(t, 'e', 1) || CASE WHEN contains(t, '.') THEN '' ELSE '.0' END || 'E' || CAST(CAST(split_part(t, 'e', 2) AS INTEGER) AS VARCHAR)
    WHEN x >= 1e7 THEN trino.mantissa(rtrim(replace(t, '.', ''), '0')) || 'E' || CAST(length(split_part(t, '.', 1)) - 1 AS VARCHAR)
    WHEN x < 1e-3 AND x > 0 THEN trino.mantissa(ltrim(replace(t, '.', ''), '0')) || 'E-' || CAST(length(t) - 1 - length(ltrim(replace(t, '.', ''), '0')) AS VARCHAR)
    ELSE t END;
CREATE MACRO trino.double_text(x) AS CASE
    WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
    ELSE CASE WHEN x < 0 THEN '-' ELSE '' END || trino.positive_text(CAST(abs(x) AS VARCHAR), abs(x)) END;

CREATE MACRO trino.time_text(x) AS strftime(x, '%Y-%m-%d %H:%M:%S.%g');

CREATE MACRO trino.try_json_text(j) AS CASE WHEN json_type(j) = 'DOUBLE' THEN trino.double_text(TRY_CAST(json_extract_string(j, '$') AS DOUBLE))
    ELSE json_extract_string(json_value(j, '$'), '$') END;
CREATE MACRO trino.json_text(j) AS CASE WHEN json_type(j) IN ('OBJECT', 'ARRAY') THEN trino.refused(j, 'varchar') ELSE trino.try_json_text(j) END;

CREATE MACRO trino.plain_varchar(x) AS CASE typeof(x)
    WHEN 'TIMESTAMP' THEN trino.time_text(TRY_CAST(x AS TIMESTAMP))
    WHEN 'TIMESTAMP WITH TIME ZONE' THEN trino.time_text(TRY_CAST(TRY_CAST(x AS TIMESTAMPTZ) AS TIMESTAMP)) || ' UTC'
    WHEN 'DOUBLE' THEN trino.double_text(TRY_CAST(x AS DOUBLE))
    WHEN 'FLOAT' THEN trino.double_text(TRY_CAST(x AS FLOAT))
    WHEN 'UHUGEINT' THEN trino.ip_text(TRY_CAST(x AS UHUGEINT))
    WHEN 'INTERVAL' THEN trino.refused(x, 'varchar')
    ELSE CAST(x AS VARCHAR) END;
CREATE MACRO trino.to_varchar(x) AS CASE typeof(x) WHEN 'JSON' THEN trino.json_text(TRY_CAST(x AS JSON)) ELSE trino.plain_varchar(x) END;
CREATE MACRO trino.try_to_varchar(x) AS CASE typeof(x) WHEN 'JSON' THEN trino.try_json_text(TRY_CAST(x AS JSON)) ELSE trino.plain_varchar(x) END;

-- The scalar in JSON as text, and anything else as the engine writes it.
CREATE MACRO trino.scalar(x) AS CASE typeof(x) WHEN 'JSON' THEN json_extract_string(json_value(TRY_CAST(x AS JSON), '$'), '$') ELSE CAST(x AS VARCHAR) END;

-- Whole numbers: of a text nothing but digits, of a fraction the nearest, halves away from zero. number gives NULL for what
-- is none, and whole fails.
CREATE MACRO trino.digits(t) AS CASE WHEN regexp_full_match(t, '[+-]?[0-9]+') THEN t END;
CREATE MACRO trino.nearest(x) AS CAST(TRY_CAST(round(x) AS HUGEINT) AS VARCHAR);
CREATE MACRO trino.json_number(j) AS CASE json_type(j) WHEN 'DOUBLE' THEN trino.nearest(TRY_CAST(json_extract_string(j, '$') AS DOUBLE))
    WHEN 'BOOLEAN' THEN CASE json_extract_string(j, '$') WHEN 'true' THEN '1' ELSE '0' END ELSE trino.digits(json_extract_string(json_value(j, '$'), '$')) END;
CREATE MACRO trino.number(x) AS CASE typeof(x)
    WHEN 'VARCHAR' THEN trino.digits(CAST(x AS VARCHAR))
    WHEN 'DOUBLE' THEN trino.nearest(TRY_CAST(x AS DOUBLE))
    WHEN 'FLOAT' THEN trino.nearest(TRY_CAST(x AS FLOAT))
    WHEN 'JSON' THEN trino.json_number(TRY_CAST(x AS JSON))
    ELSE CAST(x AS VARCHAR) END;
CREATE MACRO trino.whole(x, type_name) AS CASE WHEN trino.scalar(x) IS NULL THEN NULL ELSE coalesce(trino.number(x), trino.refused(trino.scalar(x), type_name)) END;
CREATE MACRO trino.is_integer_type(x) AS regexp_full_match(typeof(x), '(TINY|SMALL|BIG|HUGE|UBIG|U)?INT(EGER)?|BOOLEAN|DECIMAL.*');
CREATE MACRO trino.to_bigint(x) AS CASE WHEN trino.is_integer_type(x) THEN CAST(x AS BIGINT) ELSE CAST(trino.whole(x, 'bigint') AS BIGINT) END;
CREATE MACRO trino.to_integer(x) AS CASE WHEN trino.is_integer_type(x) THEN CAST(x AS INTEGER) ELSE CAST(trino.whole(x, 'integer') AS INTEGER) END;
CREATE MACRO trino.to_smallint(x) AS CASE WHEN trino.is_integer_type(x) THEN CAST(x AS SMALLINT) ELSE CAST(trino.whole(x, 'smallint') AS SMALLINT) END;
CREATE MACRO trino.to_tinyint(x) AS CASE WHEN trino.is_integer_type(x) THEN CAST(x AS TINYINT) ELSE CAST(trino.whole(x, 'tinyint') AS TINYINT) END;
CREATE MACRO trino.try_to_bigint(x) AS CASE WHEN trino.is_integer_type(x) THEN TRY_CAST(x AS BIGINT) ELSE TRY_CAST(trino.number(x) AS BIGINT) END;
CREATE MACRO trino.try_to_integer(x) AS CASE WHEN trino.is_integer_type(x) THEN TRY_CAST(x AS INTEGER) ELSE TRY_CAST(trino.number(x) AS INTEGER) END;
CREATE MACRO trino.try_to_smallint(x) AS CASE WHEN trino.is_integer_type(x) THEN TRY_CAST(x AS SMALLINT) ELSE TRY_CAST(trino.number(x) AS SMALLINT) END;
CREATE MACRO trino.try_to_tinyint(x) AS CASE WHEN trino.is_integer_type(x) THEN TRY_CAST(x AS TINYINT) ELSE TRY_CAST(trino.number(x) AS TINYINT) END;

CREATE MACRO trino.is_text_type(x) AS typeof(x) IN ('VARCHAR', 'JSON');
CREATE MACRO trino.to_double(x) AS CASE WHEN trino.is_text_type(x) THEN CAST(trino.scalar(x) AS DOUBLE) ELSE CAST(x AS DOUBLE) END;
CREATE MACRO trino.to_real(x) AS CASE WHEN trino.is_text_type(x) THEN CAST(trino.scalar(x) AS FLOAT) ELSE CAST(x AS FLOAT) END;
CREATE MACRO trino.try_to_double(x) AS CASE WHEN trino.is_text_type(x) THEN TRY_CAST(trino.scalar(x) AS DOUBLE) ELSE TRY_CAST(x AS DOUBLE) END;
CREATE MACRO trino.try_to_real(x) AS CASE WHEN trino.is_text_type(x) THEN TRY_CAST(trino.scalar(x) AS FLOAT) ELSE TRY_CAST(x AS FLOAT) END;

-- Texts of truth: t, true, 1, f, false, 0 in any case (VarcharOperators.castToBoolean).
CREATE MACRO trino.truth(t) AS CASE lower(t) WHEN 't' THEN true WHEN 'true' THEN true WHEN '1' THEN true WHEN 'f' THEN false WHEN 'false' THEN false WHEN '0' THEN false END;
CREATE MACRO trino.boolean_of(t) AS CASE WHEN t IS NULL THEN NULL ELSE coalesce(trino.truth(t), CAST(trino.refused(t, 'boolean') AS BOOLEAN)) END;
CREATE MACRO trino.to_boolean(x) AS CASE WHEN trino.is_text_type(x) THEN trino.boolean_of(trino.scalar(x)) ELSE CAST(x AS BOOLEAN) END;
CREATE MACRO trino.try_to_boolean(x) AS CASE WHEN trino.is_text_type(x) THEN trino.truth(trino.scalar(x)) ELSE TRY_CAST(x AS BOOLEAN) END;

-- Dates and times: a text must be a date, or a date and a time with a space between them. One with a T in it is read
-- by from_iso8601_timestamp.
CREATE MACRO trino.try_date_of(t) AS CASE WHEN regexp_full_match(t, '\s*[+-]?[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}\s*') THEN TRY_CAST(t AS DATE) END;
CREATE MACRO trino.try_timestamp_of(t) AS CASE WHEN regexp_full_match(t, '\s*[+-]?[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}( [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}([.][0-9]+)?)?)?\s*')
    THEN TRY_CAST(CASE WHEN regexp_matches(t, ':[0-9]+:|^[^:]*$') THEN t ELSE rtrim(t) || ':00' END AS TIMESTAMP) END;
CREATE MACRO trino.no_time(t, type_name) AS trino.fail_text('Value cannot be cast to ' || type_name || ': ' || t || ' (from_iso8601_timestamp reads a time with T)');
CREATE MACRO trino.date_of(t) AS CASE WHEN t IS NULL THEN NULL ELSE coalesce(trino.try_date_of(t), CAST(trino.no_time(t, 'date') AS DATE)) END;
CREATE MACRO trino.timestamp_of(t) AS CASE WHEN t IS NULL THEN NULL ELSE coalesce(trino.try_timestamp_of(t), CAST(trino.no_time(t, 'timestamp') AS TIMESTAMP)) END;
CREATE MACRO trino.to_date(x) AS CASE WHEN trino.is_text_type(x) THEN trino.date_of(trino.scalar(x)) ELSE CAST(x AS DATE) END;
CREATE MACRO trino.to_timestamp(x) AS CASE WHEN trino.is_text_type(x) THEN trino.timestamp_of(trino.scalar(x)) ELSE CAST(x AS TIMESTAMP) END;
CREATE MACRO trino.to_timestamptz(x) AS CAST(x AS TIMESTAMPTZ);
CREATE MACRO trino.try_to_date(x) AS CASE WHEN trino.is_text_type(x) THEN trino.try_date_of(trino.scalar(x)) ELSE TRY_CAST(x AS DATE) END;
CREATE MACRO trino.try_to_timestamp(x) AS CASE WHEN trino.is_text_type(x) THEN trino.try_timestamp_of(trino.scalar(x)) ELSE TRY_CAST(x AS TIMESTAMP) END;
CREATE MACRO trino.try_to_timestamptz(x) AS TRY_CAST(x AS TIMESTAMPTZ);

-- To JSON: a text becomes a string of JSON, it is not parsed.
CREATE MACRO trino.to_json(x) AS CASE WHEN x IS NULL THEN NULL WHEN typeof(x) IN ('TIMESTAMP', 'TIMESTAMP WITH TIME ZONE') THEN to_json(trino.plain_varchar(x)) ELSE to_json(x) END;
CREATE MACRO trino.try_to_json(x) AS trino.to_json(x);

