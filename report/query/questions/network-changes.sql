-- title: Networks changed
-- meaning: Changes of VPCs, routes, gateways, peerings, endpoints, network lists and security groups. A
--   new peering, route or endpoint can be a way out for data; mostly it is somebody building something.
--   Successful calls without a known change request are those to ask about.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventname AS call,
  array_join(resource_names, ', ') AS resources, principal, credential, sourceipaddress AS source_ip,
  coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource = 'ec2.amazonaws.com' AND event_ts >= ${since} AND event_ts < ${until}
  AND regexp_like(eventname, '^(Create|Delete|Modify|Replace|Attach|Detach|Accept|Associate|Disassociate|Authorize|Revoke|Enable|Disable)')
  AND regexp_like(eventname, 'Vpc|VPC|Route|Gateway|NetworkAcl|SecurityGroup|Subnet|Peering|ClientVpn|VpnConnection|DhcpOptions|TrafficMirror|NetworkInterfacePermission')
ORDER BY ordinal
