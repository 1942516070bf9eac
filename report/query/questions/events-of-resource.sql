-- title: Everything that touched one resource
-- meaning: Events that name a resource in their list, request or response: who made it, changed it,
--   read it and deleted it. It finds what is written in full there; a call on a parent or by another
--   alias of the resource may be missing.
-- param: name text required: Name, ID or ARN; % stands for anything.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventsource AS source, eventname AS call,
  array_join(filter(resource_names, n -> n LIKE ${name}), ', ') AS matching, principal, credential,
  sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE any_match(resource_names, n -> n LIKE ${name}) AND event_ts >= ${since} AND event_ts < ${until}
ORDER BY ordinal
