-- title: Everything one access key did
-- meaning: The events of one credential in order. Order within a second is stable and without meaning,
--   since CloudTrail's times are whole seconds. What a service did for the key's owner may stand under
--   the service's name and not here.
-- param: key text required: The access key ID.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventsource AS source, eventname AS call, array_join(resource_names, ', ') AS resources,
  principal, sourceipaddress AS source_ip, useragent AS user_agent, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE credential = ${key} AND event_ts >= ${since} AND event_ts < ${until}
ORDER BY ordinal
