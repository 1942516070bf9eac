-- title: First and last use of each credential
-- meaning: For each key the first and the last event in these logs, and what lies between. By default
--   only long-lived keys (AKIA) are shown. A key that wakes up after months, or whose last use was from
--   an unknown address, is suspect; a key that was never used does not appear at all.
-- param: since
-- param: until
-- param: like text AKIA%: The keys to show; % stands for anything.
-- key: credential, principal
SELECT credential, principal, min(event_ts) AS first, max(event_ts) AS last,
  date_diff('day', min(event_ts), max(event_ts)) AS days, count(*) AS events,
  count_if(coalesce(readonly, 'false') <> 'true') AS writes, count_if(errorcode IS NOT NULL) AS errors,
  count(DISTINCT sourceipaddress) AS addresses, count(DISTINCT useragent) AS user_agents,
  count(DISTINCT awsregion) AS regions
FROM events
WHERE credential LIKE ${like} AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY credential, principal
ORDER BY last DESC, credential, principal
