-- title: Credentials that were used from one address
-- meaning: Addresses from which several credentials acted. Where one of them is known to be stolen, the
--   others of its address are the next to check. Offices, proxies, VPNs and build servers share an
--   address among many people.
-- param: since
-- param: until
-- param: least number 2: Leave out addresses with fewer credentials.
-- key: source_ip, credential
WITH pairs AS (
  SELECT sourceipaddress AS source_ip, credential, max(principal) AS principal, count(*) AS events,
    min(event_ts) AS first, max(event_ts) AS last
  FROM events
  WHERE credential IS NOT NULL AND regexp_like(sourceipaddress, '^[0-9a-fA-F.:]+$')
    AND event_ts >= ${since} AND event_ts < ${until}
  GROUP BY sourceipaddress, credential
), counted AS (
  SELECT *, count(*) OVER (PARTITION BY source_ip) AS credentials FROM pairs
)
SELECT source_ip, credentials, credential, principal, events, first, last
FROM counted
WHERE credentials >= ${least}
ORDER BY credentials DESC, source_ip, credential
