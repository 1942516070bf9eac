-- title: Sessions of temporary credentials
-- meaning: How long each temporary key was seen at work, with how many calls and from how many
--   addresses. The length is that between the first and the last event here, not the time for which it
--   was valid. A session far longer than the others of its role, or far busier, deserves a look; batch
--   jobs are both.
-- param: since
-- param: until
-- param: minutes number 0: Leave out sessions that are shorter.
-- key: credential, principal, session_start
SELECT credential, principal, session_start, min(event_ts) AS first, max(event_ts) AS last,
  date_diff('minute', min(event_ts), max(event_ts)) AS minutes, count(*) AS events,
  count(DISTINCT sourceipaddress) AS addresses, count_if(errorcode IS NOT NULL) AS errors
FROM events
WHERE credential LIKE 'ASIA%' AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY credential, principal, session_start
HAVING date_diff('minute', min(event_ts), max(event_ts)) >= ${minutes}
ORDER BY minutes DESC, credential, principal, session_start
