-- title: Calls that a VPC endpoint refused
-- meaning: Requests that were stopped by an endpoint's policy, and network activity events. They show
--   somebody inside of the network who reaches for what the policy does not allow, such as a foreign
--   bucket; a policy that is too narrow shows in the same way.
-- param: since
-- param: until
-- key: account, endpoint, source, call, principal, source_ip
SELECT account, vpcendpointid AS endpoint, eventsource AS source, eventname AS call, principal, sourceipaddress AS source_ip,
  count(*) AS events, max(coalesce(errorcode, errormessage)) AS an_error, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE (errorcode = 'VpceAccessDenied' OR kind = 'network-activity') AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY account, vpcendpointid, eventsource, eventname, principal, sourceipaddress
ORDER BY events DESC, account, endpoint, source, call, principal, source_ip
