-- title: Many deletions within an hour
-- meaning: Principals whose successful deletions and terminations within one hour are many. Destruction
--   looks like this, and so does tearing down a test environment: see what was deleted and who had
--   announced it.
-- param: since
-- param: until
-- param: least number 10: Leave out hours with fewer.
-- key: hour, account, principal
SELECT date_trunc('hour', event_ts) AS hour, account, principal, count(*) AS deletions,
  count(DISTINCT eventname) AS different_calls, array_join(array_sort(array_agg(DISTINCT eventname)), ', ') AS calls,
  count(DISTINCT sourceipaddress) AS addresses, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE regexp_like(eventname, '^(Delete|Terminate|Remove|Deregister|Purge|BatchDelete|Destroy|ScheduleKeyDeletion)')
  AND errorcode IS NULL AND coalesce(useridentity.type, '') <> 'AWSService'
  AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY date_trunc('hour', event_ts), account, principal
HAVING count(*) >= ${least}
ORDER BY deletions DESC, hour, account, principal
