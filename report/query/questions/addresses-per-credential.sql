-- title: Addresses from which each credential was used
-- meaning: Credentials and the addresses of their calls. A key of a server that turns up at a provider
--   of virtual machines was taken. Laptops move, offices have several lines, and NAT gateways and VPNs
--   change addresses: one more address is no proof.
-- param: since
-- param: until
-- param: least number 1: Leave out credentials with fewer addresses.
-- key: credential, source_ip
WITH pairs AS (
  SELECT credential, sourceipaddress AS source_ip, max(principal) AS principal, count(*) AS events,
    count_if(errorcode IS NOT NULL) AS errors, min(event_ts) AS first, max(event_ts) AS last
  FROM events
  WHERE credential IS NOT NULL AND event_ts >= ${since} AND event_ts < ${until}
  GROUP BY credential, sourceipaddress
), counted AS (
  SELECT *, count(*) OVER (PARTITION BY credential) AS addresses FROM pairs
)
SELECT credential, principal, addresses, source_ip, events, errors, first, last
FROM counted
WHERE addresses >= ${least}
ORDER BY addresses DESC, credential, source_ip
