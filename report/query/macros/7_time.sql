-- "Date and time functions and operators". The session's time zone is UTC. Of patterns see
-- mysqlPattern and jodaPattern.

CREATE MACRO trino.now() AS date_trunc('millisecond', now());
CREATE MACRO trino."current_timestamp"() AS date_trunc('millisecond', now());
CREATE MACRO trino."current_date"() AS CAST(now() AS DATE);
CREATE MACRO trino."current_time"() AS CAST(CAST(date_trunc('millisecond', now()) AS TIMESTAMP) AS TIME);
CREATE MACRO trino."localtime"() AS CAST(CAST(date_trunc('millisecond', now()) AS TIMESTAMP) AS TIME);
CREATE MACRO trino."localtimestamp"() AS CAST(date_trunc('millisecond', now()) AS TIMESTAMP);
CREATE MACRO trino.current_timezone() AS 'UTC';

CREATE MACRO trino.zone_offset(zone) AS to_minutes(CASE WHEN zone[1] = '-' THEN -1 ELSE 1 END * (60 * CAST(zone[2:3] AS INTEGER) + CAST(zone[5:6] AS INTEGER)));
CREATE MACRO trino.at_timezone(x, zone) AS CASE WHEN regexp_full_match(zone, '[+-][0-9]{2}:[0-9]{2}')
    THEN CAST(CAST(x AS TIMESTAMPTZ) AS TIMESTAMP) + trino.zone_offset(zone) ELSE timezone(zone, CAST(x AS TIMESTAMPTZ)) END;
CREATE MACRO trino.with_timezone(x, zone) AS CASE WHEN regexp_full_match(zone, '[+-][0-9]{2}:[0-9]{2}')
    THEN CAST(CAST(x AS TIMESTAMP) - trino.zone_offset(zone) AS TIMESTAMPTZ) ELSE timezone(zone, CAST(x AS TIMESTAMP)) END;
CREATE MACRO trino.from_unixtime(n) AS to_timestamp(round(CAST(n AS DOUBLE), 3)),
    (n, zone) AS trino.at_timezone(to_timestamp(round(CAST(n AS DOUBLE), 3)), zone);
CREATE MACRO trino.to_unixtime(x) AS epoch(x);
CREATE MACRO trino.to_iso8601(x) AS CASE typeof(x) WHEN 'DATE' THEN strftime(x, '%Y-%m-%d')
    WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(x, '%Y-%m-%dT%H:%M:%S.%gZ') ELSE strftime(x, '%Y-%m-%dT%H:%M:%S.%g') END;

-- ISO 8601: a date (also of a week, 2026-W10-3, or of a day of the year, 2026-070), and a time.
CREATE MACRO trino.week_date(t) AS CAST(date_trunc('week', CAST(t[1:4] || '-01-04' AS DATE)) AS DATE)
    + (7 * (CAST(t[7:8] AS INTEGER) - 1) + CASE WHEN length(t) = 10 THEN CAST(t[10:10] AS INTEGER) - 1 ELSE 0 END);
CREATE MACRO trino.iso_date(t) AS CASE
    WHEN t IS NULL THEN NULL
    WHEN regexp_full_match(t, '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}') THEN CAST(t AS DATE)
    WHEN regexp_full_match(t, '[0-9]{4}-[0-9]{2}') THEN CAST(t || '-01' AS DATE)
    WHEN regexp_full_match(t, '[0-9]{4}') THEN CAST(t || '-01-01' AS DATE)
    WHEN regexp_full_match(t, '[0-9]{4}-W[0-9]{2}(-[1-7])?') THEN trino.week_date(t)
    WHEN regexp_full_match(t, '[0-9]{4}-[0-9]{3}') THEN CAST(t[1:4] || '-01-01' AS DATE) + (CAST(t[6:8] AS INTEGER) - 1)
    ELSE CAST(trino.fail_text('Invalid format: "' || t || '"') AS DATE) END;
CREATE MACRO trino.from_iso8601_date(t) AS trino.iso_date(t);
CREATE MACRO trino.iso_timestamp(t) AS CASE
    WHEN regexp_full_match(t, '[0-9-]+T[0-9]{2}(Z|[+-][0-9]{2}:?[0-9]{2})?') THEN CAST(regexp_replace(t, 'T([0-9]{2})', 'T\1:00:00') AS TIMESTAMPTZ)
    WHEN regexp_full_match(t, '[0-9W-]+T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?')
        THEN CAST(CAST(trino.iso_date(split_part(t, 'T', 1)) AS VARCHAR) || 'T' || split_part(t, 'T', 2) AS TIMESTAMPTZ)
    ELSE CAST(trino.iso_date(t) AS TIMESTAMPTZ) END;
CREATE MACRO trino.from_iso8601_timestamp(t) AS CASE
    WHEN t LIKE '____-__-__T__:__:__Z' THEN CAST(t AS TIMESTAMPTZ)
    ELSE trino.iso_timestamp(replace(t, ',', '.')) END;

CREATE MACRO trino.date_parse(t, f) AS strptime(t, f);
CREATE MACRO trino.date_format(x, f) AS strftime(x, f);
CREATE MACRO trino.parse_datetime(t, f) AS CAST(strptime(t, f) AS TIMESTAMPTZ);
CREATE MACRO trino.parse_zoned(t, f) AS strptime(t, f);
CREATE MACRO trino.format_datetime(x, f) AS strftime(x, f);

CREATE MACRO trino.date(x) AS trino.to_date(x);
CREATE MACRO trino.last_day_of_month(x) AS last_day(x);
CREATE MACRO trino.day_of_week(x) AS isodow(x);
CREATE MACRO trino.dow(x) AS isodow(x);
CREATE MACRO trino.day_of_month(x) AS day(x);
CREATE MACRO trino.day_of_year(x) AS dayofyear(x);
CREATE MACRO trino.doy(x) AS dayofyear(x);
CREATE MACRO trino.week_of_year(x) AS week(x);
CREATE MACRO trino.year_of_week(x) AS isoyear(x);
CREATE MACRO trino.yow(x) AS isoyear(x);
CREATE MACRO trino.millisecond(x) AS millisecond(x) % 1000;

CREATE MACRO trino.units(unit, n) AS CASE lower(unit)
    WHEN 'millisecond' THEN to_milliseconds(CAST(n AS DOUBLE)) WHEN 'second' THEN to_seconds(CAST(n AS DOUBLE)) WHEN 'minute' THEN to_minutes(CAST(n AS BIGINT))
    WHEN 'hour' THEN to_hours(CAST(n AS BIGINT)) WHEN 'day' THEN to_days(CAST(n AS INTEGER)) WHEN 'week' THEN to_weeks(CAST(n AS INTEGER))
    WHEN 'month' THEN to_months(CAST(n AS INTEGER)) WHEN 'quarter' THEN to_months(3 * CAST(n AS INTEGER)) WHEN 'year' THEN to_years(CAST(n AS INTEGER))
    ELSE to_days(trino.fail('''' || unit || ''' is not a valid Timestamp field')) END;
CREATE MACRO trino.is_unit(unit) AS lower(unit) IN ('millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year');
CREATE MACRO trino.is_date_unit(unit) AS lower(unit) IN ('day', 'week', 'month', 'quarter', 'year');
CREATE MACRO trino.fits(unit, x) AS trino.is_unit(unit) AND (typeof(x) <> 'DATE' OR trino.is_date_unit(unit));
CREATE MACRO trino.unfit(unit, x) AS trino.fail_text('''' || unit || '''' || ' is not a valid ' || CASE typeof(x) WHEN 'DATE' THEN 'DATE' ELSE 'Timestamp' END || ' field');
CREATE MACRO trino.date_add(unit, n, x) AS CASE WHEN trino.fits(unit, x) THEN cast_to_type(x + trino.units(unit, n), x) ELSE cast_to_type(trino.unfit(unit, x), x) END;
-- Whole units between two times, as date_sub counts them; the engine's date_diff counts the borders that lie between.
CREATE MACRO trino.date_diff(unit, a, b) AS CASE WHEN trino.is_unit(unit) THEN date_sub(unit, a, b) ELSE trino.fail('''' || unit || ''' is not a valid Timestamp field') END;
CREATE MACRO trino.date_trunc(unit, x) AS CASE WHEN trino.fits(unit, x) THEN cast_to_type(date_trunc(unit, x), x) ELSE cast_to_type(trino.unfit(unit, x), x) END;
CREATE MACRO trino.days_between(a, b) AS to_days(CAST(CAST(a AS DATE) - CAST(b AS DATE) AS INTEGER));
