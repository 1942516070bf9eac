-- title: Credentials that looked around
-- meaning: Credentials that made many different reading calls (Describe, List, Get) within an hour.
--   Whoever holds a new key explores like this. So do inventory and audit tools, which do it on
--   schedule and from a known address.
-- param: since
-- param: until
-- param: least number 15: Leave out hours with fewer different calls.
-- key: hour, credential, principal
SELECT date_trunc('hour', event_ts) AS hour, credential, principal, count(DISTINCT concat(eventsource, ':', eventname)) AS different_calls,
  count(DISTINCT eventsource) AS services, count(DISTINCT awsregion) AS regions, count(*) AS calls,
  count_if(errorcode IS NOT NULL) AS errors, min(sourceipaddress) AS an_address, count(DISTINCT sourceipaddress) AS addresses
FROM events
WHERE regexp_like(eventname, '^(Describe|List|Get|Head|Lookup|BatchGet|Search)')
  AND coalesce(useridentity.type, '') <> 'AWSService' AND useridentity.invokedby IS NULL
  AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY date_trunc('hour', event_ts), credential, principal
HAVING count(DISTINCT concat(eventsource, ':', eventname)) >= ${least}
ORDER BY different_calls DESC, hour, credential, principal
