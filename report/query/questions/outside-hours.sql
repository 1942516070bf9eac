-- title: Activity outside of working hours
-- meaning: Principals and what they did at night and at weekends, with their share of all they did. The
--   hours are those of one time zone for everybody: set them for your people. Programs work at all
--   hours, and have a share like everybody else's; a person whose share is high, or new, stands out.
-- param: since
-- param: until
-- param: from number 7: The hour at which work begins.
-- param: to number 19: The hour at which it ends.
-- param: offset number 0: Hours to add to UTC for the people's own time.
-- key: account, principal
SELECT account, principal, count_if(outside) AS outside, count(*) AS events, round(1e2 * count_if(outside) / count(*), 1) AS percent,
  count_if(outside AND coalesce(readonly, 'false') <> 'true') AS writes_outside, count(DISTINCT CASE WHEN outside THEN sourceipaddress END) AS addresses,
  min(CASE WHEN outside THEN event_ts END) AS first, max(CASE WHEN outside THEN event_ts END) AS last
FROM (
  SELECT account, principal, readonly, sourceipaddress, event_ts,
    hour(date_add('hour', ${offset}, event_ts)) < ${from} OR hour(date_add('hour', ${offset}, event_ts)) >= ${to}
      OR day_of_week(date_add('hour', ${offset}, event_ts)) > 5 AS outside
  FROM events
  WHERE useridentity.type IN ('IAMUser', 'Root', 'AssumedRole', 'FederatedUser', 'SAMLUser', 'WebIdentityUser', 'IdentityCenterUser')
    AND useridentity.invokedby IS NULL AND event_ts >= ${since} AND event_ts < ${until}
)
GROUP BY account, principal
HAVING count_if(outside) > 0
ORDER BY outside DESC, account, principal
