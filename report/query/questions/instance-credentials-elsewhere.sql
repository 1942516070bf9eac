-- title: Credentials of instances that were used elsewhere
-- meaning: Sessions of instance roles (their name is an instance ID) with calls from more than one
--   public address. An instance has one address or its NAT gateway's; a second one often means that its
--   credential was read from the metadata service and carried away. Replaced addresses, several NAT
--   gateways and calls through endpoints do occur: look at which address has the odd calls.
-- param: since
-- param: until
-- key: instance, source_ip
WITH calls AS (
  SELECT lookup_username AS instance, sourceipaddress AS source_ip, max(useridentity.sessioncontext.sessionissuer.arn) AS role,
    count(DISTINCT credential) AS credentials, count(*) AS events, count_if(errorcode IS NOT NULL) AS errors,
    count_if(vpcendpointid IS NOT NULL) AS through_endpoint, count(DISTINCT eventname) AS different_calls,
    min(event_ts) AS first, max(event_ts) AS last
  FROM events
  WHERE useridentity.type = 'AssumedRole' AND regexp_like(lookup_username, '^i-[0-9a-f]{8,17}$')
    AND useridentity.invokedby IS NULL AND regexp_like(sourceipaddress, '^[0-9a-fA-F.:]+$')
    AND NOT regexp_like(sourceipaddress, '^(10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|127\.|fd|fe80)')
    AND event_ts >= ${since} AND event_ts < ${until}
  GROUP BY lookup_username, sourceipaddress
), counted AS (
  SELECT *, count(*) OVER (PARTITION BY instance) AS addresses FROM calls
)
SELECT instance, role, addresses, source_ip, credentials, events, errors, different_calls, through_endpoint, first, last
FROM counted
WHERE addresses > 1
ORDER BY addresses DESC, instance, source_ip
