WITH steps AS (
  SELECT useridentity.username AS who, from_iso8601_timestamp(eventtime) AS at,
    lag(from_iso8601_timestamp(eventtime)) OVER (PARTITION BY useridentity.arn ORDER BY eventtime, eventid) AS before
  FROM cloudtrail_logs WHERE useridentity.type = 'IAMUser' AND useridentity.arn IS NOT NULL)
SELECT who, date_diff('hour', before, at) AS hours FROM steps WHERE date_diff('minute', before, at) >= 900
