SELECT eventname, count(*) AS n FROM cloudtrail_logs
WHERE from_iso8601_timestamp(eventtime) >= date_add('day', -1, TIMESTAMP '2026-03-04 00:00:00')
  AND from_iso8601_timestamp(eventtime) < TIMESTAMP '2026-03-04 00:00:00' AND eventsource = 'iam.amazonaws.com'
GROUP BY eventname
