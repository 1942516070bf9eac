-- title: Events of each day
-- meaning: How much each account logged on each day, with its errors and callers. Days that are missing
--   or thin are gaps in the evidence or in the logging, and a peak is a place to begin. Weekends are
--   thin by nature.
-- param: since
-- param: until
-- key: day, account
SELECT date_format(event_ts, '%Y-%m-%d') AS day, account, count(*) AS events, count_if(coalesce(readonly, 'false') <> 'true') AS writes,
  count_if(errorcode IS NOT NULL) AS errors, count(DISTINCT principal) AS principals, count(DISTINCT sourceipaddress) AS addresses,
  count(DISTINCT awsregion) AS regions
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
GROUP BY date_format(event_ts, '%Y-%m-%d'), account
ORDER BY day, account
