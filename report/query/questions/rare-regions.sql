-- title: Regions that are hardly used
-- meaning: Activity in regions that have a small share of their account's events. Intruders like places
--   where nobody looks. Global services report from us-east-1, and consoles ask every region for its
--   settings, so single reads mean little.
-- param: since
-- param: until
-- param: percent number 2: Leave out regions with a larger share.
-- key: account, region, principal, call
WITH calls AS (
  SELECT account, awsregion AS region, principal, concat(eventsource, ':', eventname) AS call, count(*) AS events,
    count_if(coalesce(readonly, 'false') <> 'true') AS writes, count_if(errorcode IS NOT NULL) AS errors,
    min(event_ts) AS first, max(event_ts) AS last
  FROM events
  WHERE event_ts >= ${since} AND event_ts < ${until}
  GROUP BY account, awsregion, principal, concat(eventsource, ':', eventname)
), shares AS (
  SELECT *, sum(events) OVER (PARTITION BY account, region) AS in_region, sum(events) OVER (PARTITION BY account) AS in_account FROM calls
)
SELECT account, region, round(1e2 * in_region / in_account, 2) AS percent_of_account, principal, call, events, writes, errors, first, last
FROM shares
WHERE in_region * 100 < in_account * ${percent}
ORDER BY percent_of_account, account, region, principal, call
