-- title: Records that contradict each other
-- meaning: Different records under one event ID in one account. CloudTrail delivers identical copies at
--   most, so one of them was altered after delivery, or two exports wrote the same event in different
--   ways. Check the objects against their digests before believing either.
-- param: since
-- param: until
-- key: ordinal
WITH twice AS (
  SELECT eventid, account FROM events WHERE eventid IS NOT NULL GROUP BY eventid, account HAVING count(*) > 1
)
SELECT e.event_ts AS time, e.account, e.eventid AS event_id, e.eventname AS call, e.principal, e.sourceipaddress AS source_ip,
  o.source AS evidence, o.path AS object, e.record_index AS index, e.ordinal
FROM events e JOIN twice t ON t.eventid = e.eventid AND t.account = e.account JOIN objects o ON o.ordinal = e.object_ordinal
WHERE e.event_ts >= ${since} AND e.event_ts < ${until}
ORDER BY e.eventid, e.ordinal
