-- title: Addresses that a principal had never used before
-- meaning: Principals and the addresses that they used from a time on and not before it, within these
--   logs. Set the time to when the intrusion may have begun. The fewer days of logs lie before it, the
--   more innocent addresses appear; people on the move appear always.
-- param: at time required: From this time on an address counts as new.
-- param: until
-- key: principal, source_ip
SELECT principal, sourceipaddress AS source_ip, min(event_ts) AS first, max(event_ts) AS last, count(*) AS events,
  count(DISTINCT credential) AS credentials, count(DISTINCT eventname) AS different_calls,
  count_if(errorcode IS NOT NULL) AS errors
FROM events
WHERE principal IS NOT NULL AND regexp_like(sourceipaddress, '^[0-9a-fA-F.:]+$') AND event_ts < ${until}
GROUP BY principal, sourceipaddress
HAVING min(event_ts) >= ${at}
ORDER BY first, principal, source_ip
