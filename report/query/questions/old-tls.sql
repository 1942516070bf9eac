-- title: Connections with old TLS
-- meaning: Callers that used a version of TLS below 1.2. AWS refuses these by now in most places, so
--   they are old records, or old programs that somebody should know of. By itself it is no sign of an
--   intruder.
-- param: since
-- param: until
-- key: principal, user_agent, tls
SELECT principal, useragent AS user_agent, tlsdetails.tlsversion AS tls, count(*) AS events,
  count(DISTINCT sourceipaddress) AS addresses, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE tlsdetails.tlsversion IN ('TLSv1', 'TLSv1.0', 'TLSv1.1', 'SSLv3') AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY principal, useragent, tlsdetails.tlsversion
ORDER BY events DESC, principal, user_agent, tls
