-- "Mathematical functions and operators", "Decimal functions and operators", "Bitwise functions".

CREATE MACRO trino.scale(x) AS coalesce(TRY_CAST(regexp_extract(typeof(x), ',([0-9]+)', 1) AS INTEGER), 0);
CREATE MACRO trino.is_float(x) AS typeof(x) IN ('DOUBLE', 'FLOAT');
-- Integers divided by integers are cut; decimals have as many digits behind the point as the longer of the two. The
-- type is that of a sum: what a macro does must not depend on overloads, which are chosen before types are known.
CREATE MACRO trino.divide(a, b) AS CASE
    WHEN trino.is_float(a) OR trino.is_float(b) THEN cast_to_type(a / b, a + b)
    WHEN b = 0 THEN cast_to_type(trino.fail_text('Division by zero'), a + b)
    WHEN trino.scale(a) + trino.scale(b) > 0 THEN cast_to_type(round(a / b, greatest(trino.scale(a), trino.scale(b))), a + b)
    ELSE cast_to_type(a // b, a + b) END;
-- An average of decimals is rounded to their digits in Trino, and one of reals is a real.
CREATE MACRO trino.averaged(x) AS CASE WHEN typeof(x) = 'FLOAT' OR starts_with(typeof(x), 'DECIMAL')
    THEN cast_to_type(trino.fail_text('avg of ' || lower(typeof(x)) || ' would have other digits in Athena: use avg(CAST(… AS DOUBLE)), or 1e0 instead of 1.0'), x) ELSE x END;
CREATE MACRO trino.modulus(a, b) AS CASE WHEN trino.is_float(a) OR trino.is_float(b) THEN a % b WHEN b = 0 THEN trino.fail('Division by zero') ELSE a % b END;
CREATE MACRO trino."mod"(a, b) AS trino.modulus(a, b);
-- The engine makes doubles of integers, and integers of the signs of doubles. Trino keeps the type, and with it the digits
-- behind the point that rounding to some of them leaves as zeros ("Mathematical functions and operators").
CREATE MACRO trino.is_whole(x) AS regexp_full_match(typeof(x), '(TINY|SMALL|BIG|HUGE|UTINY|USMALL|UBIG|U)?INT(EGER)?');
CREATE MACRO trino.ceil(x) AS CASE WHEN trino.is_whole(x) THEN round(x) ELSE cast_to_type(ceil(x), round(x)) END;
CREATE MACRO trino.ceiling(x) AS trino.ceil(x);
CREATE MACRO trino.floor(x) AS CASE WHEN trino.is_whole(x) THEN round(x) ELSE cast_to_type(floor(x), round(x)) END;
CREATE MACRO trino.sign(x) AS cast_to_type(sign(x), round(x));
CREATE MACRO trino.round(x) AS round(x), (x, d) AS cast_to_type(round(x, d), x + x);
CREATE MACRO trino.truncate(x) AS trunc(x), (x, d) AS cast_to_type(CASE WHEN d < 0 THEN trunc(x / power(10, -d)) * power(10, -d) ELSE trunc(x * power(10, d)) / power(10, d) END, x);
CREATE MACRO trino.rand() AS random(), (n) AS CAST(floor(random() * n) AS BIGINT), (m, n) AS CAST(m + floor(random() * (n - m)) AS BIGINT);
CREATE MACRO trino.random() AS random(), (n) AS CAST(floor(random() * n) AS BIGINT), (m, n) AS CAST(m + floor(random() * (n - m)) AS BIGINT);
CREATE MACRO trino.e() AS exp(1);
CREATE MACRO trino.infinity() AS CAST('Infinity' AS DOUBLE);
CREATE MACRO trino.nan() AS CAST('NaN' AS DOUBLE);
CREATE MACRO trino.is_nan(x) AS isnan(x);
CREATE MACRO trino.is_infinite(x) AS isinf(x);
CREATE MACRO trino.is_finite(x) AS isfinite(x);
CREATE MACRO trino.bitwise_and(a, b) AS a & b;
CREATE MACRO trino.bitwise_or(a, b) AS a | b;
CREATE MACRO trino.bitwise_xor(a, b) AS xor(a, b);
CREATE MACRO trino.bitwise_not(a) AS ~a;
