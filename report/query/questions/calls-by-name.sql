-- title: Every call, by name
-- meaning: All services and calls in these logs with figures: the index of what there is to ask about.
--   It tells as well what is not there. A service without any call was not used, or is not logged.
-- param: since
-- param: until
-- key: source, call
SELECT eventsource AS source, eventname AS call, count(*) AS events, count_if(errorcode IS NOT NULL) AS errors,
  count(DISTINCT principal) AS principals, count(DISTINCT sourceipaddress) AS addresses, count(DISTINCT awsregion) AS regions,
  min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
GROUP BY eventsource, eventname
ORDER BY events DESC, source, call
