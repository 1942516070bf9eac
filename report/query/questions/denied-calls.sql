-- title: Refused calls, by principal
-- meaning: Who was refused for want of permission, how often, and how many different calls they tried.
--   Many different calls within a short time are somebody finding out what a key can do. One call
--   refused a thousand times is a program with a wrong policy.
-- param: since
-- param: until
-- param: least number 1: Leave out who was refused less often.
-- key: account, principal, credential
SELECT account, principal, credential, count(*) AS denied, count(DISTINCT concat(eventsource, ':', eventname)) AS different_calls,
  count(DISTINCT sourceipaddress) AS addresses, date_diff('minute', min(event_ts), max(event_ts)) AS minutes,
  min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE regexp_like(errorcode, 'AccessDenied|Unauthorized|NotAuthorized|AuthorizationError|Forbidden|InsufficientPrivileges')
  AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY account, principal, credential
HAVING count(*) >= ${least}
ORDER BY different_calls DESC, denied DESC, account, principal, credential
