-- title: Changes made by hand in the console
-- meaning: Calls of console sessions that are not marked as reads. Where everything is deployed by
--   machines, a hand at work stands out. Somebody mends something by hand in every company. Old records
--   do not say whether they came from the console.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventsource AS source, eventname AS call, principal, credential,
  sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE sessioncredentialfromconsole = 'true' AND coalesce(readonly, 'false') <> 'true'
  AND event_ts >= ${since} AND event_ts < ${until}
ORDER BY ordinal
