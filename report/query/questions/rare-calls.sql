-- title: Changing calls that hardly anybody makes
-- meaning: Calls that are not marked as reads, made a few times only, and by one principal only. What
--   an intruder does differs from what everybody does, so it is often here; everything that is done
--   once a year is here as well.
-- param: since
-- param: until
-- param: most number 3: Leave out calls that were made more often.
-- key: source, call
SELECT eventsource AS source, eventname AS call, count(*) AS events, max(principal) AS principal, max(credential) AS a_credential,
  min(sourceipaddress) AS an_address, max(coalesce(errorcode, errormessage)) AS an_error, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE coalesce(readonly, 'false') <> 'true' AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY eventsource, eventname
HAVING count(*) <= ${most} AND count(DISTINCT principal) <= 1
ORDER BY events, source, call
