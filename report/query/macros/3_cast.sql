-- Casts as Trino does them: the page "Conversion functions" of its documentation, and
-- its classes VarcharOperators, DoubleOperators and JsonUtil. A cast that Trino refuses
-- fails here, so that TRY_CAST gives NULL where it does there.

-- A double as Java writes it: 1.5, 1.0E10, 1.0E-5.
CREATE MACRO trino.mantissa(digits) AS digits[1] || '.' || CASE WHEN length(digits) > 1 THEN digits[2:] ELSE '0' END;
CREATE MACRO trino.positive_text(t, x) AS CASE
    WHEN contains(t, 'e') THEN split_part(t, 'e', 1) || CASE WHEN contains(t, '.') THEN '' ELSE '.0' END || 'E' || CAST(CAST(split_part(t, 'e', 2) AS INTEGER) AS VARCHAR)
    WHEN x >= 1e7 THEN trino.mantissa(rtrim(replace(t, '.', ''), '0')) || 'E' || CAST(length(split_part(t, '.', 1)) - 1 AS VARCHAR)
    WHEN x < 1e-3 AND x > 0 THEN trino.mantissa(ltrim(replace(t, '.', ''), '0')) || 'E-' || CAST(length(t) - 1 - length(ltrim(replace(t, '.', ''), '0')) AS VARCHAR)
    ELSE t END;
CREATE MACRO trino.double_text(x) AS CASE
    WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
    WHEN x < 0 THEN '-' || trino.positive_text(CAST(-x AS VARCHAR), -x) ELSE trino.positive_text(CAST(x AS VARCHAR), x) END;

CREATE MACRO trino.time_text(x) AS strftime(x, '%Y-%m-%d %H:%M:%S.%g');

CREATE MACRO trino.json_text(x) AS CASE json_type(x)
    WHEN 'OBJECT' THEN trino.refused(x, 'varchar') WHEN 'ARRAY' THEN trino.refused(x, 'varchar')
    WHEN 'DOUBLE' THEN trino.double_text(TRY_CAST(json_extract_string(x, '$') AS DOUBLE))
    ELSE json_extract_string(x, '$') END;

CREATE MACRO trino.to_varchar(x) AS CASE typeof(x)
    WHEN 'TIMESTAMP' THEN trino.time_text(TRY_CAST(x AS TIMESTAMP))
    WHEN 'TIMESTAMP WITH TIME ZONE' THEN trino.time_text(TRY_CAST(TRY_CAST(x AS TIMESTAMPTZ) AS TIMESTAMP)) || ' UTC'
    WHEN 'DOUBLE' THEN trino.double_text(TRY_CAST(x AS DOUBLE))
    WHEN 'FLOAT' THEN trino.double_text(TRY_CAST(x AS FLOAT))
    WHEN 'JSON' THEN trino.json_text(TRY_CAST(x AS JSON))
    WHEN 'UHUGEINT' THEN trino.ip_text(TRY_CAST(x AS UHUGEINT))
    WHEN 'INTERVAL' THEN trino.refused(x, 'varchar')
    ELSE CAST(x AS VARCHAR) END;
CREATE MACRO trino.try_to_varchar(x) AS CASE typeof(x)
    WHEN 'JSON' THEN TRY(trino.json_text(TRY_CAST(x AS JSON)))
    ELSE trino.to_varchar(x) END;

-- Whole numbers: of a text nothing but digits, of a fraction the nearest, halves away from zero.
CREATE MACRO trino.is_whole(x) AS x IS NULL OR regexp_full_match(CAST(x AS VARCHAR), '[+-]?[0-9]+');
CREATE MACRO trino.number(x, type_name) AS CASE typeof(x)
    WHEN 'VARCHAR' THEN CASE WHEN trino.is_whole(x) THEN CAST(x AS VARCHAR) ELSE trino.refused(x, type_name) END
    WHEN 'DOUBLE' THEN CAST(CAST(round(TRY_CAST(x AS DOUBLE)) AS HUGEINT) AS VARCHAR)
    WHEN 'FLOAT' THEN CAST(CAST(round(TRY_CAST(x AS FLOAT)) AS HUGEINT) AS VARCHAR)
    WHEN 'JSON' THEN CASE json_type(TRY_CAST(x AS JSON))
        WHEN 'DOUBLE' THEN CAST(CAST(round(TRY_CAST(json_extract_string(TRY_CAST(x AS JSON), '$') AS DOUBLE)) AS HUGEINT) AS VARCHAR)
        WHEN 'BOOLEAN' THEN CASE json_extract_string(TRY_CAST(x AS JSON), '$') WHEN 'true' THEN '1' ELSE '0' END
        ELSE CASE WHEN trino.is_whole(json_extract_string(TRY_CAST(x AS JSON), '$')) THEN json_extract_string(TRY_CAST(x AS JSON), '$')
            ELSE trino.refused(x, type_name) END END
    ELSE CAST(x AS VARCHAR) END;
CREATE MACRO trino.is_integer_type(x) AS typeof(x) IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'UBIGINT', 'UINTEGER', 'BOOLEAN') OR starts_with(typeof(x), 'DECIMAL');
CREATE MACRO trino.to_bigint(x) AS CASE WHEN trino.is_integer_type(x) THEN CAST(x AS BIGINT) ELSE CAST(trino.number(x, 'bigint') AS BIGINT) END;
CREATE MACRO trino.to_integer(x) AS CASE WHEN trino.is_integer_type(x) THEN CAST(x AS INTEGER) ELSE CAST(trino.number(x, 'integer') AS INTEGER) END;
CREATE MACRO trino.to_smallint(x) AS CASE WHEN trino.is_integer_type(x) THEN CAST(x AS SMALLINT) ELSE CAST(trino.number(x, 'smallint') AS SMALLINT) END;
CREATE MACRO trino.to_tinyint(x) AS CASE WHEN trino.is_integer_type(x) THEN CAST(x AS TINYINT) ELSE CAST(trino.number(x, 'tinyint') AS TINYINT) END;
CREATE MACRO trino.try_to_bigint(x) AS TRY(trino.to_bigint(x));
CREATE MACRO trino.try_to_integer(x) AS TRY(trino.to_integer(x));
CREATE MACRO trino.try_to_smallint(x) AS TRY(trino.to_smallint(x));
CREATE MACRO trino.try_to_tinyint(x) AS TRY(trino.to_tinyint(x));

CREATE MACRO trino.scalar(x) AS CASE typeof(x) WHEN 'JSON' THEN json_extract_string(json_value(TRY_CAST(x AS JSON), '$'), '$') ELSE CAST(x AS VARCHAR) END;
CREATE MACRO trino.is_number_type(x) AS trino.is_integer_type(x) OR typeof(x) IN ('DOUBLE', 'FLOAT');
CREATE MACRO trino.to_double(x) AS CASE WHEN trino.is_number_type(x) THEN CAST(x AS DOUBLE) ELSE CAST(trino.scalar(x) AS DOUBLE) END;
CREATE MACRO trino.to_real(x) AS CASE WHEN trino.is_number_type(x) THEN CAST(x AS FLOAT) ELSE CAST(trino.scalar(x) AS FLOAT) END;
CREATE MACRO trino.try_to_double(x) AS TRY(trino.to_double(x));
CREATE MACRO trino.try_to_real(x) AS TRY(trino.to_real(x));

-- Texts of truth: t, true, 1, f, false, 0 in any case (VarcharOperators.castToBoolean).
CREATE MACRO trino.truth(t) AS CASE lower(t) WHEN 't' THEN true WHEN 'true' THEN true WHEN '1' THEN true
    WHEN 'f' THEN false WHEN 'false' THEN false WHEN '0' THEN false ELSE CASE WHEN t IS NULL THEN NULL ELSE CAST(trino.refused(t, 'boolean') AS BOOLEAN) END END;
CREATE MACRO trino.to_boolean(x) AS CASE WHEN typeof(x) IN ('VARCHAR', 'JSON') THEN trino.truth(trino.scalar(x)) ELSE CAST(x AS BOOLEAN) END;
CREATE MACRO trino.try_to_boolean(x) AS TRY(trino.to_boolean(x));

-- Dates and times: a text must be a date, or a date and a time with a space between them. One with a T in it is read
-- by from_iso8601_timestamp.
CREATE MACRO trino.is_date(t) AS t IS NULL OR regexp_full_match(t, '\s*[+-]?[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}\s*');
CREATE MACRO trino.is_timestamp(t) AS t IS NULL OR regexp_full_match(t, '\s*[+-]?[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}( [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}([.][0-9]+)?)?)?\s*');
CREATE MACRO trino.date_of(t) AS CASE WHEN trino.is_date(t) THEN CAST(t AS DATE)
    ELSE CAST(trino.fail_text('Value cannot be cast to date: ' || t || CASE WHEN contains(t, 'T') THEN ' (from_iso8601_timestamp reads it)' ELSE '' END) AS DATE) END;
CREATE MACRO trino.timestamp_of(t) AS CASE WHEN trino.is_timestamp(t) THEN CAST(t AS TIMESTAMP)
    ELSE CAST(trino.fail_text('Value cannot be cast to timestamp: ' || t || CASE WHEN contains(t, 'T') THEN ' (from_iso8601_timestamp reads it)' ELSE '' END) AS TIMESTAMP) END;
CREATE MACRO trino.to_date(x) AS CASE WHEN typeof(x) IN ('VARCHAR', 'JSON') THEN trino.date_of(trino.scalar(x)) ELSE CAST(x AS DATE) END;
CREATE MACRO trino.to_timestamp(x) AS CASE WHEN typeof(x) IN ('VARCHAR', 'JSON') THEN trino.timestamp_of(trino.scalar(x)) ELSE CAST(x AS TIMESTAMP) END;
CREATE MACRO trino.to_timestamptz(x) AS CAST(x AS TIMESTAMPTZ);
CREATE MACRO trino.try_to_date(x) AS TRY(trino.to_date(x));
CREATE MACRO trino.try_to_timestamp(x) AS TRY(trino.to_timestamp(x));
CREATE MACRO trino.try_to_timestamptz(x) AS TRY(trino.to_timestamptz(x));

-- To JSON: a text becomes a string of JSON, it is not parsed.
CREATE MACRO trino.to_json(x) AS CASE WHEN x IS NULL THEN NULL ELSE CASE typeof(x)
    WHEN 'TIMESTAMP' THEN to_json(trino.time_text(TRY_CAST(x AS TIMESTAMP)))
    WHEN 'TIMESTAMP WITH TIME ZONE' THEN to_json(trino.time_text(TRY_CAST(TRY_CAST(x AS TIMESTAMPTZ) AS TIMESTAMP)) || ' UTC')
    ELSE to_json(x) END END;
CREATE MACRO trino.try_to_json(x) AS trino.to_json(x);

-- The member of a JSON object by its name in lower case: fields of a row match members in any case.
CREATE MACRO trino.member(j, field) AS list_filter(map_entries(CAST(j AS MAP(VARCHAR, JSON))), lambda trino_e: lower(trino_e.key) = field)[-1].value;
