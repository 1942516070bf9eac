-- title: CloudTrail itself changed
-- meaning: Trails and event data stores stopped, deleted, narrowed or moved. Between a stop and the
--   next start this evidence has a gap, so say so in the report. Joining an organization's trail, or a
--   clean-up of test accounts, does the same with a ticket.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.name'), json_extract_scalar(requestparameters, '$.trailName'),
    json_extract_scalar(requestparameters, '$.eventDataStore')) AS trail,
  json_extract_scalar(requestparameters, '$.s3BucketName') AS bucket,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource = 'cloudtrail.amazonaws.com' AND event_ts >= ${since} AND event_ts < ${until}
  AND regexp_like(eventname, '^(Stop|Start|Delete|Update|Put|Create|Remove|Disable|Restore|Deregister)')
  AND NOT regexp_like(eventname, '^(StartQuery|StartImport|CreateServiceLinkedChannel)$')
ORDER BY ordinal
