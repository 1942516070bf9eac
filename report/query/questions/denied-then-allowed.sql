-- title: Calls that were refused first and allowed later
-- meaning: The same principal and the same call: refused at first, and some time afterwards a success.
--   In between somebody was given the right, or gave it to themselves. New colleagues get their rights
--   in just this way.
-- param: since
-- param: until
-- key: account, principal, source, call
SELECT account, principal, eventsource AS source, eventname AS call,
  min(CASE WHEN denied THEN event_ts END) AS first_denied, max(CASE WHEN denied THEN event_ts END) AS last_denied,
  count_if(denied) AS denials, max(CASE WHEN errorcode IS NULL THEN event_ts END) AS last_success,
  count_if(errorcode IS NULL) AS successes
FROM (
  SELECT account, principal, eventsource, eventname, event_ts, errorcode,
    coalesce(regexp_like(errorcode, 'AccessDenied|Unauthorized|NotAuthorized|AuthorizationError|Forbidden|InsufficientPrivileges'), false) AS denied
  FROM events
  WHERE principal IS NOT NULL AND event_ts >= ${since} AND event_ts < ${until}
)
GROUP BY account, principal, eventsource, eventname
HAVING count_if(denied) > 0 AND min(CASE WHEN denied THEN event_ts END) < max(CASE WHEN errorcode IS NULL THEN event_ts END)
  AND min(CASE WHEN denied THEN event_ts END) < min(CASE WHEN errorcode IS NULL THEN event_ts END)
ORDER BY first_denied, account, principal, source, call
