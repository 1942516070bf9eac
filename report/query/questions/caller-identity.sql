-- title: Who asked who they are
-- meaning: GetCallerIdentity needs no permission and tells whose key one holds, so whoever finds a key
--   tries it first. Many tools, SDKs and deployments call it at every start: the ones that matter come
--   from an address or a user agent that the credential never had before.
-- param: since
-- param: until
-- key: credential, principal, source_ip, user_agent
SELECT credential, principal, sourceipaddress AS source_ip, useragent AS user_agent, count(*) AS calls,
  min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE eventname = 'GetCallerIdentity' AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY credential, principal, sourceipaddress, useragent
ORDER BY calls, credential, principal, source_ip, user_agent
