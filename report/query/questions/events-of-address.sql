-- title: Everything that came from one address
-- meaning: The events of one source address in order, whoever made them. Offices and proxies share an
--   address: other people's events are among these. A caller inside of AWS may show a private address
--   or a service's name instead.
-- param: ip address required: The source address.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventsource AS source, eventname AS call, array_join(resource_names, ', ') AS resources,
  principal, credential, useragent AS user_agent, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE sourceipaddress = ${ip} AND event_ts >= ${since} AND event_ts < ${until}
ORDER BY ordinal
