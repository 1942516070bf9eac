-- title: Temporary credentials that were used from several addresses
-- meaning: Keys that begin with ASIA belong to one session, which mostly lives in one place. Several
--   addresses mean that the key was copied, or that its owner changed the network, or that part of the
--   calls went through a proxy, an endpoint or a service. Read the addresses and the user agents side
--   by side.
-- param: since
-- param: until
-- param: least number 2: Leave out keys with fewer addresses.
-- key: credential, principal
SELECT credential, principal, count(DISTINCT sourceipaddress) AS addresses,
  array_join(array_sort(array_agg(DISTINCT sourceipaddress)), ', ') AS source_ips,
  count(DISTINCT useragent) AS user_agents, count(*) AS events, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE credential LIKE 'ASIA%' AND regexp_like(sourceipaddress, '^[0-9a-fA-F.:]+$')
  AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY credential, principal
HAVING count(DISTINCT sourceipaddress) >= ${least}
ORDER BY addresses DESC, credential, principal
