-- title: Errors, by code
-- meaning: Every error code with how often and to how many principals it happened. Throttling and
--   missing things are everyday; codes about credentials (expired tokens, wrong signatures) and about
--   permission tell of somebody who tries.
-- param: since
-- param: until
-- key: source, error
SELECT eventsource AS source, coalesce(errorcode, errormessage) AS error, count(*) AS events,
  count(DISTINCT eventname) AS different_calls, count(DISTINCT principal) AS principals,
  count(DISTINCT sourceipaddress) AS addresses, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE coalesce(errorcode, errormessage) IS NOT NULL AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY eventsource, coalesce(errorcode, errormessage)
ORDER BY events DESC, source, error
